//! The most memory that a process and its children had.

use std::collections::BTreeMap;
use std::fs;

/// Notes the most resident memory so far, in KiB, of a process and its children: the kernel keeps
/// it, so that nothing between two looks is missed.
pub(crate) fn note_peaks(id: u32, peaks: &mut BTreeMap<u32, u64>) {
    let own = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let resident = own.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    if let Some(resident) = resident.and_then(|text| text.split_whitespace().next()?.parse().ok()) {
        peaks.insert(id, resident);
    }
    let tasks = fs::read_dir(format!("/proc/{id}/task"))
        .into_iter()
        .flatten()
        .flatten();
    let children =
        tasks.map(|task| fs::read_to_string(task.path().join("children")).unwrap_or_default());
    let children: Vec<u32> = children
        .flat_map(|text| {
            text.split_whitespace()
                .filter_map(|id| id.parse().ok())
                .collect::<Vec<_>>()
        })
        .collect();
    for child in children {
        note_peaks(child, peaks);
    }
}
