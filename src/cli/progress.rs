//! How an indexing run looks while it works: a bar on a terminal, plain lines elsewhere, events with `--json`.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::{Output, clock, size};
use crate::indexing::{IndexEvent, Observer};

/// Files between two plain lines.
const FILES_PER_LINE: u64 = 100;

/// Shows an indexing run.
pub(super) struct IndexProgress<'a> {
    output: &'a Output,
    bar: ProgressBar,
    scanned: AtomicU64,
    finished: AtomicU64,
    failed: AtomicU64,
    media_millis: AtomicU64,
}

impl<'a> IndexProgress<'a> {
    pub(super) fn new(output: &'a Output) -> Self {
        let bar = ProgressBar::new_spinner();
        if output.is_watched() {
            bar.enable_steady_tick(Duration::from_millis(120));
        } else {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        Self {
            output,
            bar,
            scanned: AtomicU64::new(0),
            finished: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            media_millis: AtomicU64::new(0),
        }
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn show_failure(&self, text: String) {
        if self.output.is_watched() {
            self.bar.suspend(|| self.output.note(text));
        } else {
            self.output.note(text);
        }
    }

    fn message(&self) -> String {
        let media = clock(self.media_millis.load(Ordering::Relaxed) as i64);
        let media = media.split('.').next().unwrap_or_default();
        match self.failed.load(Ordering::Relaxed) {
            0 => format!("{media} of media"),
            failed => format!("{media} of media, {failed} failed"),
        }
    }
}

impl Observer for IndexProgress<'_> {
    fn observe(&self, event: IndexEvent) {
        self.output.event(&event);
        if self.output.json {
            return;
        }
        match event {
            IndexEvent::Scanned { files } => {
                let scanned = self.scanned.fetch_add(files, Ordering::Relaxed) + files;
                self.bar.set_message(format!("scanning, {scanned} files"));
            }
            IndexEvent::Planned {
                to_read,
                bytes,
                to_refresh,
            } => {
                let total = to_read + to_refresh;
                if total == 0 {
                    return;
                }
                self.bar.set_length(total);
                if let Ok(style) = ProgressStyle::with_template(
                    "{bar:28} {pos}/{len} files, {per_sec}, {eta} left — {msg}",
                ) {
                    self.bar.set_style(style);
                }
                if !self.output.is_watched() {
                    self.output.note(format!(
                        "{to_read} files to read ({}), {to_refresh} to refresh",
                        size(bytes)
                    ));
                }
            }
            IndexEvent::Started { .. } => {}
            IndexEvent::Finished { media_millis, .. } => {
                self.media_millis
                    .fetch_add(media_millis.max(0) as u64, Ordering::Relaxed);
                let finished = self.finished.fetch_add(1, Ordering::Relaxed) + 1;
                self.bar.set_message(self.message());
                self.bar.inc(1);
                if !self.output.is_watched() && finished.is_multiple_of(FILES_PER_LINE) {
                    self.output
                        .note(format!("{finished} files done, {}", self.message()));
                }
            }
            IndexEvent::Failed {
                path,
                step,
                reason,
                hint,
            } => {
                self.failed.fetch_add(1, Ordering::Relaxed);
                let step = step.map_or(String::new(), |step| format!(" [{step}]"));
                let hint = hint.map_or(String::new(), |hint| format!("\n  hint: {hint}"));
                self.show_failure(format!(
                    "failed{step}: {reason}: {}{hint}",
                    printable(&path)
                ));
            }
        }
    }
}

/// A path on one line: newlines and other control characters are shown by their escapes.
pub(super) fn printable(path: &std::path::Path) -> String {
    path.to_string_lossy()
        .chars()
        .flat_map(|c| {
            let escaped = c.is_control();
            escaped
                .then(|| c.escape_default())
                .into_iter()
                .flatten()
                .chain((!escaped).then_some(c))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_a_newline_stays_on_one_line() {
        assert_eq!(printable(std::path::Path::new("a\nb é")), "a\\nb é");
    }
}
