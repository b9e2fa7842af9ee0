//! The demonstration models, which the program carries so that it can be tried without any download.

use std::fs;

use super::{
    InferenceError,
    catalogue::{InstalledModel, ModelEntry},
    import::Staging,
    installed::ModelStore,
};

/// Model, path below its directory, and contents.
type CarriedFile = (&'static str, &'static str, &'static [u8]);

const FILES: &[CarriedFile] = &[
    (
        "clip-demo",
        "config.json",
        include_bytes!("../../models/demo/clip-demo/config.json"),
    ),
    (
        "clip-demo",
        "preprocessor_config.json",
        include_bytes!("../../models/demo/clip-demo/preprocessor_config.json"),
    ),
    (
        "clip-demo",
        "tokenizer.json",
        include_bytes!("../../models/demo/clip-demo/tokenizer.json"),
    ),
    (
        "clip-demo",
        "model.safetensors",
        include_bytes!("../../models/demo/clip-demo/model.safetensors"),
    ),
    (
        "whisper-demo",
        "ggml-demo.bin",
        include_bytes!("../../models/demo/whisper-demo/ggml-demo.bin"),
    ),
];

impl ModelStore {
    /// Installs a demonstration model from the program itself, replacing one of the same name.
    ///
    /// # Errors
    /// When the files can't be written, or are not those of the catalogue, which only a wrong
    /// build can cause.
    pub(super) fn install_carried(
        &self,
        entry: ModelEntry,
    ) -> Result<InstalledModel, InferenceError> {
        let staging = Staging::new(self.directory())?;
        for (_, path, contents) in files_of(&entry.name) {
            let target = staging.path.join(path);
            fs::write(&target, contents).map_err(|source| InferenceError::Io {
                path: target.clone(),
                source,
            })?;
        }
        let source = format!("reeldex {}", env!("CARGO_PKG_VERSION"));
        staging.install(entry, source)
    }
}

fn files_of(name: &str) -> impl Iterator<Item = &'static CarriedFile> {
    FILES.iter().filter(move |(model, _, _)| *model == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::{catalogue::Task, packs::ModelPack};

    fn demonstration_models(store: &ModelStore) -> Vec<ModelEntry> {
        let entries = store.catalogue().entries().iter();
        entries
            .filter(|entry| entry.demonstration)
            .cloned()
            .collect()
    }

    #[test]
    fn the_demo_pack_installs_without_a_network_and_takes_at_most_25_megabytes() {
        let folder = tempfile::tempdir().unwrap();
        let store = ModelStore::open(folder.path()).unwrap();
        let pack = ModelPack::find("demo").unwrap().unwrap();
        let entries = demonstration_models(&store);
        assert_eq!(pack.models().count(), entries.len());
        for entry in entries {
            let name = entry.name.clone();
            let installed = store.pull(&name, &mut |_| {}).unwrap();
            assert_eq!(installed.entry.files.len(), files_of(&name).count());
            assert!(store.verify(&name).unwrap().is_sound(), "{name}");
        }
        let bytes: usize = FILES.iter().map(|(_, _, contents)| contents.len()).sum();
        assert!(bytes <= 25_000_000, "{bytes}");
    }

    #[test]
    fn demonstration_models_are_used_only_when_they_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let store = ModelStore::open(folder.path()).unwrap();
        for entry in demonstration_models(&store) {
            store.pull(&entry.name, &mut |_| {}).unwrap();
        }
        for (task, name) in [(Task::Picture, "clip-demo"), (Task::Speech, "whisper-demo")] {
            assert_eq!(store.find(task, None).unwrap(), None);
            assert!(store.find(task, Some(name)).unwrap().is_some());
        }
    }
}
