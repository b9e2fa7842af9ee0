//! FFmpeg's strings and dictionaries as Rust's.

use std::ffi::CStr;
use std::ptr;

use ffmpeg_next::ffi;

/// A C string as text; empty for null, invalid UTF-8 replaced.
///
/// # Safety
/// `pointer` is null or points to a terminated string.
pub(super) unsafe fn text(pointer: *const std::ffi::c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: the caller promises a terminated string.
    unsafe { CStr::from_ptr(pointer) }
        .to_string_lossy()
        .into_owned()
}

/// The value of `name` in a dictionary.
///
/// # Safety
/// `dictionary` is null or a valid dictionary.
pub(super) unsafe fn tag(dictionary: *const ffi::AVDictionary, name: &CStr) -> Option<String> {
    // SAFETY: lookup in a null dictionary is allowed; entries hold terminated strings.
    unsafe {
        let entry = ffi::av_dict_get(dictionary, name.as_ptr(), ptr::null(), 0);
        (!entry.is_null()).then(|| text((*entry).value))
    }
}

/// All entries of a dictionary, in order.
///
/// # Safety
/// `dictionary` is null or a valid dictionary.
pub(super) unsafe fn tags(dictionary: *const ffi::AVDictionary) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut entry: *const ffi::AVDictionaryEntry = ptr::null();
    loop {
        // SAFETY: the previous entry belongs to the same, unchanged dictionary.
        unsafe {
            entry = ffi::av_dict_get(dictionary, c"".as_ptr(), entry, ffi::AV_DICT_IGNORE_SUFFIX);
            if entry.is_null() {
                return found;
            }
            found.push((text((*entry).key), text((*entry).value)));
        }
    }
}
