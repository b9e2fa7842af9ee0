//! What the ffprobe program says of a file; tests of the decode worker take this file too.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Its answer as JSON; it must have nothing to complain of.
pub(super) fn ffprobe(path: &Path, arguments: &str) -> Value {
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-of", "json"])
        .args(arguments.split_whitespace())
        .arg(path)
        .output()
        .expect("the tests need the ffprobe program");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.is_empty(),
        "{}: {said}",
        path.display()
    );
    serde_json::from_slice(&output.stdout).unwrap()
}
