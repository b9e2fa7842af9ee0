//! Finds Tesseract's language data before Tesseract does, which would print what it misses.

use std::path::{Path, PathBuf};

use crate::inference::InferenceError;

/// Where distributions keep language data when `TESSDATA_PREFIX` does not say.
const DATA_DIRECTORIES: [&str; 7] = [
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
    "/usr/share/tesseract/tessdata",
    "/usr/local/share/tessdata",
    "/opt/homebrew/share/tessdata",
    "/opt/local/share/tessdata",
];

/// The directory that holds the data of all `names`.
pub(super) fn data_directory(names: &[String]) -> Result<PathBuf, InferenceError> {
    let prefix = std::env::var_os("TESSDATA_PREFIX").map(PathBuf::from);
    let mut directories: Vec<PathBuf> = prefix
        .iter()
        .flat_map(|path| [path.clone(), path.join("tessdata")])
        .collect();
    directories.extend(DATA_DIRECTORIES.map(PathBuf::from));
    find_data(&directories, names)
}

fn find_data(directories: &[PathBuf], names: &[String]) -> Result<PathBuf, InferenceError> {
    let holds = |directory: &Path, name: &str| {
        let is_name =
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        is_name && directory.join(format!("{name}.traineddata")).is_file()
    };
    if let Some(directory) = directories
        .iter()
        .find(|directory| names.iter().all(|name| holds(directory, name)))
    {
        return Ok(directory.clone());
    }
    let best = directories
        .iter()
        .max_by_key(|directory| names.iter().filter(|name| holds(directory, name)).count());
    let missing: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|name| !best.is_some_and(|directory| holds(directory, name)))
        .collect();
    let packages: Vec<String> = missing
        .iter()
        .map(|name| {
            format!(
                "tesseract-ocr-{}",
                name.to_ascii_lowercase().replace('_', "-")
            )
        })
        .collect();
    Err(InferenceError::DependencyMissing {
        what: format!("Tesseract's language data `{}`", missing.join("`, `")),
        hint: format!(
            "apt-get install {}, or set TESSDATA_PREFIX to the directory that holds the data",
            packages.join(" ")
        ),
    })
}
