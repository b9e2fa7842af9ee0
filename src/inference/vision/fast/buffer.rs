//! Memory for numbers that starts on a cache line, so that no vector load straddles two lines.

use std::ops::{Deref, DerefMut};

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; LINE_VALUES]);

const LINE_VALUES: usize = 16;

/// A growable run of `f32`, zero where not yet written, starting on a multiple of 64 bytes.
#[derive(Default)]
pub(crate) struct AlignedBuffer {
    lines: Vec<Line>,
    length: usize,
}

impl AlignedBuffer {
    /// Makes it `length` values long; values that were there stay, whatever they are.
    pub(crate) fn resize(&mut self, length: usize) {
        let lines = length.div_ceil(LINE_VALUES);
        if lines > self.lines.len() {
            self.lines.resize(lines, Line([0.0; LINE_VALUES]));
        }
        self.length = length;
    }
}

impl Deref for AlignedBuffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        // SAFETY: `lines` holds at least `length` initialised values side by side, `Line` having no padding.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.length) }
    }
}

impl DerefMut for AlignedBuffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        // SAFETY: as in `deref`; the borrow of `self` is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.length) }
    }
}
