//! Keeps Tesseract from starting threads of its own.

use std::ffi::c_int;

#[link(name = "gomp")]
// SAFETY: the declaration is that of OpenMP 3.0, section 3.2.15; the function changes a setting of
// the calling thread and touches no memory of the program's.
unsafe extern "C" {
    safe fn omp_set_max_active_levels(max_levels: c_int);
}

/// Has every parallel region that the calling thread enters run in that thread alone.
///
/// Tesseract asks for four threads for each line it reads, whatever the usual settings say; they
/// only slow each other down.
pub(super) fn stay_in_one_thread() {
    omp_set_max_active_levels(0);
}
