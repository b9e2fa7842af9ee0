//! Fetches a model from the hub when it is asked for: resumed after a break, checked before it is used.

use std::{
    fs,
    path::{Path, PathBuf},
};

use hf_hub::{
    Cache, Repo, RepoType,
    api::{
        Progress,
        sync::{Api, ApiBuilder, ApiError, Metadata},
    },
};

use super::{
    InferenceError,
    catalogue::{InstalledModel, ModelEntry, ModelFile},
    import::{INCOMING, Staging},
    installed::ModelStore,
    record::{sha256_of, wrong_hash},
};

/// How far the download of one file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchProgress {
    /// Path in the model's repository.
    pub file: String,
    /// Bytes that are there, those of an earlier attempt included.
    pub done_bytes: u64,
    /// Bytes of the whole file.
    pub total_bytes: u64,
}

/// Where models are fetched from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hub {
    /// Address of a mirror; `None` for the hub itself.
    pub(crate) endpoint: Option<String>,
    /// What a model that is not for everybody is asked for with.
    pub(crate) token: Option<String>,
}

impl Hub {
    /// The mirror of `HF_ENDPOINT`, and the token of `HF_TOKEN` or of the hub's own login.
    fn from_environment() -> Self {
        let variable = |name| {
            std::env::var(name)
                .ok()
                .filter(|value| !value.trim().is_empty())
        };
        Self {
            endpoint: variable("HF_ENDPOINT"),
            token: variable("HF_TOKEN").or_else(|| Cache::from_env().token()),
        }
    }
}

impl ModelStore {
    /// Fetches a model of the catalogue and installs it, replacing one of the same name. The
    /// demonstration models are part of the program and need no network.
    ///
    /// `HF_ENDPOINT` names a mirror, `HF_TOKEN` a token for models with terms to accept;
    /// `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are heeded. What was fetched before a break is
    /// kept, and the next call goes on from there. A file is taken when its SHA-256 is that of
    /// the catalogue, or else the one that the hub states for it; a file with another is deleted.
    ///
    /// # Errors
    /// When the model is unknown, the hub can't be reached or refuses it, a hash is wrong, or the
    /// files can't be written.
    pub fn pull(
        &self,
        name: &str,
        progress: &mut dyn FnMut(FetchProgress),
    ) -> Result<InstalledModel, InferenceError> {
        self.pull_from(&Hub::from_environment(), name, progress)
    }

    /// [`pull`](Self::pull) from a given hub.
    pub(crate) fn pull_from(
        &self,
        hub: &Hub,
        name: &str,
        progress: &mut dyn FnMut(FetchProgress),
    ) -> Result<InstalledModel, InferenceError> {
        let entry = self.catalogue().find(name)?.clone();
        if entry.demonstration {
            return self.install_carried(entry);
        }
        let cache = self.directory().join(INCOMING).join(format!("hub-{name}"));
        fs::create_dir_all(&cache).map_err(|source| InferenceError::Io {
            path: cache.clone(),
            source,
        })?;
        let staging = Staging::new(self.directory())?;
        let mut pull = Pull::new(hub, entry, &cache)?;
        for index in 0..pull.entry.files.len() {
            let blob = pull.fetch(index, progress)?;
            let target = staging.path.join(&pull.entry.files[index].path);
            let parent = target.parent().unwrap_or(&staging.path);
            fs::create_dir_all(parent)
                .and_then(|()| {
                    fs::hard_link(&blob, &target).or_else(|_| fs::copy(&blob, &target).map(|_| ()))
                })
                .map_err(|source| InferenceError::Io {
                    path: target.clone(),
                    source,
                })?;
        }
        let source = format!("{}@{}", pull.entry.repository, pull.commit);
        let model = staging.install(pull.entry, source)?;
        // Everything that was in it is installed now; what can't be removed only takes space.
        let _ = fs::remove_dir_all(&cache);
        Ok(model)
    }
}

/// A pull in progress.
struct Pull<'a> {
    api: Api,
    entry: ModelEntry,
    cache: &'a Path,
    /// The commit that the first file came from; all others come from the same one.
    commit: String,
}

impl<'a> Pull<'a> {
    fn new(hub: &Hub, entry: ModelEntry, cache: &'a Path) -> Result<Self, InferenceError> {
        // The hub's own retries append to a file from the wrong place after a resume, so they stay off.
        let mut builder = ApiBuilder::from_cache(Cache::new(cache.to_owned()))
            .with_progress(false)
            .with_retries(0)
            .with_user_agent("reeldex", env!("CARGO_PKG_VERSION"))
            .with_token(hub.token.clone());
        if let Some(endpoint) = &hub.endpoint {
            builder = builder.with_endpoint(endpoint.trim_end_matches('/').to_owned());
        }
        let commit = entry.revision.clone();
        let first = entry
            .files
            .first()
            .map(|file| file.path.clone())
            .unwrap_or_default();
        let api = builder
            .build()
            .map_err(|error| failed(&entry, &first, error))?;
        Ok(Self {
            api,
            entry,
            cache,
            commit,
        })
    }

    fn repo(&self) -> Repo {
        Repo::with_revision(
            self.entry.repository.clone(),
            RepoType::Model,
            self.commit.clone(),
        )
    }

    /// Fetches one file, or what is missing of it, and tells where it lies.
    fn fetch(
        &mut self,
        index: usize,
        progress: &mut dyn FnMut(FetchProgress),
    ) -> Result<PathBuf, InferenceError> {
        let file = self.entry.files[index].clone();
        let api = self.api.repo(self.repo());
        let stated = self
            .api
            .metadata(&api.url(&file.path))
            .map_err(|error| failed(&self.entry, &file.path, error))?;
        self.commit = stated.commit_hash().to_owned();
        let size = stated.size() as u64;
        let cached = Cache::new(self.cache.to_owned()).repo(self.repo());
        let blob = cached.blob_path(stated.etag());
        let partial = blob.with_extension("part");
        let length = |path: &Path| fs::metadata(path).map_or(0, |metadata| metadata.len());

        if length(&partial) == size && size > 0 {
            // Whole, but the process ended before it was given its name; the hub would refuse the empty rest.
            fs::rename(&partial, &blob).map_err(|source| InferenceError::Io {
                path: blob.clone(),
                source,
            })?;
        } else if length(&partial) > size {
            fs::remove_file(&partial).map_err(|source| InferenceError::Io {
                path: partial.clone(),
                source,
            })?;
        }
        let api = self.api.repo(self.repo());
        while length(&blob) != size || !blob.exists() {
            let before = length(&partial);
            // The hub library's links to blobs serve nothing here, and one to a deleted blob would stop it.
            let _ = fs::remove_dir_all(cached.pointer_path(&self.commit));
            let result = api.download_with_progress(
                &file.path,
                Teller {
                    tell: progress,
                    done: 0,
                    total: size,
                    file: &file.path,
                },
            );
            let is_short = result.is_ok() && length(&blob) < size;
            if is_short {
                // An end that came too early without an error: keep what is there as the beginning.
                fs::rename(&blob, &partial).map_err(|source| InferenceError::Io {
                    path: blob.clone(),
                    source,
                })?;
            }
            match result {
                // A line that breaks now and then still brings every file to its end.
                _ if is_short && length(&partial) > before => {}
                Err(error) if status_of(&error).is_none() && length(&partial) > before => {
                    tracing::debug!(file = file.path, %error, "transfer broke, going on");
                }
                Err(error) => return Err(failed(&self.entry, &file.path, error)),
                Ok(_) if is_short => {
                    return Err(failed(&self.entry, &file.path, ApiError::InvalidResume));
                }
                Ok(_) => break,
            }
        }
        progress(FetchProgress {
            file: file.path.clone(),
            done_bytes: size,
            total_bytes: size,
        });
        self.entry.files[index] = verified(&blob, file, &stated)?;
        Ok(blob)
    }
}

/// Compares the fetched file's hash; one with another hash is deleted.
fn verified(blob: &Path, file: ModelFile, stated: &Metadata) -> Result<ModelFile, InferenceError> {
    // Large files' entity tag is their SHA-256; small ones have a shorter hash of git's.
    let tag = stated.etag();
    let is_sha256 = tag.len() == 64 && tag.bytes().all(|byte| byte.is_ascii_hexdigit());
    let expected = file
        .sha256
        .clone()
        .or_else(|| is_sha256.then(|| tag.to_lowercase()));
    let found = sha256_of(blob)?;
    if let Some(expected) = expected
        && expected != found
    {
        let removed = fs::remove_file(blob);
        let error = wrong_hash(blob.with_file_name(&file.path), &expected, &found);
        return removed.map_or_else(
            |source| {
                Err(InferenceError::Io {
                    path: blob.to_owned(),
                    source,
                })
            },
            |()| Err(error),
        );
    }
    Ok(ModelFile {
        sha256: Some(found),
        size_bytes: Some(stated.size() as u64),
        ..file
    })
}

/// Passes the hub library's increments on as totals.
struct Teller<'a> {
    tell: &'a mut dyn FnMut(FetchProgress),
    done: u64,
    total: u64,
    file: &'a str,
}

impl Progress for Teller<'_> {
    fn init(&mut self, size: usize, _filename: &str) {
        (self.done, self.total) = (0, size as u64);
    }

    fn update(&mut self, size: usize) {
        self.done += size as u64;
        (self.tell)(FetchProgress {
            file: self.file.to_owned(),
            done_bytes: self.done,
            total_bytes: self.total,
        });
    }

    fn finish(&mut self) {}
}

/// The HTTP status that ended a request, if one did.
fn status_of(error: &ApiError) -> Option<u16> {
    match error {
        ApiError::RequestError(error) => match **error {
            ureq::Error::StatusCode(status) => Some(status),
            _ => None,
        },
        _ => None,
    }
}

fn failed(entry: &ModelEntry, file: &str, error: ApiError) -> InferenceError {
    match status_of(&error) {
        Some(status @ (401 | 403 | 404)) => InferenceError::Refused {
            model: entry.name.clone(),
            repository: entry.repository.clone(),
            file: file.to_owned(),
            status,
        },
        _ => InferenceError::Fetch {
            model: entry.name.clone(),
            file: file.to_owned(),
            source: Box::new(error),
        },
    }
}

#[cfg(test)]
mod tests;
