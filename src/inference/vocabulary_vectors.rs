//! A vocabulary in one model's space, kept on disk: making it takes longer than tagging a day's new pictures.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};

use super::{InferenceError, vision::PictureEmbedder, vocabulary::Vocabulary};

/// Sentences embedded at a time, so that memory does not grow with the vocabulary.
const SENTENCES_AT_ONCE: usize = 128;

/// Vectors of unit length in the order of the vocabulary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct VocabularyVectors {
    /// Of each term, group after group: the normalised mean of its sentences' vectors.
    pub(super) terms: Vec<Vec<f32>>,
    /// Of each neutral sentence.
    pub(super) neutral: Vec<Vec<f32>>,
}

impl VocabularyVectors {
    /// Embeds every sentence: seconds with CLIP, up to a minute with SigLIP, whose texts are always
    /// of full length.
    pub(super) fn embed(
        vocabulary: &Vocabulary,
        embedder: &dyn PictureEmbedder,
    ) -> Result<Self, InferenceError> {
        let terms = || vocabulary.groups.iter().flatten();
        let sentences: Vec<&str> = terms()
            .flat_map(|term| term.sentences.iter().map(String::as_str))
            .collect();
        let mut vectors = Vec::with_capacity(sentences.len());
        for part in sentences.chunks(SENTENCES_AT_ONCE) {
            vectors.extend(embedder.embed_texts(part)?);
        }
        let mut vectors = vectors.into_iter();
        let neutral: Vec<&str> = vocabulary.neutral.iter().map(String::as_str).collect();
        Ok(Self {
            terms: terms()
                .map(|term| {
                    let own: Vec<Vec<f32>> = vectors.by_ref().take(term.sentences.len()).collect();
                    normalised_mean(&own)
                })
                .collect(),
            neutral: embedder.embed_texts(&neutral)?,
        })
    }

    /// Those kept in `directory`, or made now and kept there. A directory that can't be written to
    /// costs the time again, and nothing else.
    pub(super) fn kept(
        directory: &Path,
        vocabulary: &Vocabulary,
        embedder: &dyn PictureEmbedder,
    ) -> Result<Self, InferenceError> {
        let model = &embedder.space().model;
        let path = directory.join(format!("{model}+{}.vectors", vocabulary.version()));
        let read = fs::read(&path).ok().and_then(|bytes| Self::read(&bytes));
        if let Some(vectors) = read.filter(|vectors| vectors.fit(vocabulary, embedder)) {
            return Ok(vectors);
        }
        let vectors = Self::embed(vocabulary, embedder)?;
        if let Err(error) = vectors.write(&path) {
            tracing::debug!(path = %path.display(), %error, "the vocabulary's vectors are not kept");
        }
        Ok(vectors)
    }

    fn fit(&self, vocabulary: &Vocabulary, embedder: &dyn PictureEmbedder) -> bool {
        let dimensions = embedder.space().dimensions as usize;
        self.terms.len() == vocabulary.groups.iter().flatten().count()
            && self.neutral.len() == vocabulary.neutral.len()
            && (self.terms.iter().chain(&self.neutral)).all(|vector| vector.len() == dimensions)
    }

    /// The hash of the rest in the first 32 bytes tells a file that was cut or changed.
    fn read(bytes: &[u8]) -> Option<Self> {
        let (hash, body) = bytes.split_at_checked(blake3::OUT_LEN)?;
        if blake3::hash(body).as_bytes() != hash {
            return None;
        }
        postcard::from_bytes(body).ok()
    }

    /// Whole or not at all.
    fn write(&self, path: &Path) -> io::Result<()> {
        let body = postcard::to_stdvec(self).map_err(io::Error::other)?;
        let bytes = [blake3::hash(&body).as_bytes(), body.as_slice()].concat();
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        let partial = path.with_extension(format!("partial-{}", std::process::id()));
        fs::write(&partial, bytes)?;
        fs::rename(&partial, path)
    }
}

fn normalised_mean(vectors: &[Vec<f32>]) -> Vec<f32> {
    let mut mean = vec![0.0f32; vectors.first().map_or(0, Vec::len)];
    for vector in vectors {
        mean.iter_mut()
            .zip(vector)
            .for_each(|(mean, value)| *mean += value);
    }
    let square: f32 = mean.iter().map(|value| value * value).sum();
    let length = square.sqrt().max(f32::MIN_POSITIVE);
    mean.iter_mut().for_each(|value| *value /= length);
    mean
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::vision::{load_picture_embedder, tiny_models::TinyModel};

    #[test]
    fn vectors_are_kept_and_a_damaged_file_is_made_again() {
        let directory = tempfile::tempdir().unwrap();
        let installed = TinyModel::clip().install(directory.path());
        let embedder = load_picture_embedder(&installed, 2).unwrap();
        let file = directory.path().join("short.toml");
        let text = "neutral = [\"a photo\"]\n[[group]]\nname = \"sport\"\ntemplates = [\"{}\", \"some {}\"]\nterms = [\"archery\", \"judo\"]\n";
        fs::write(&file, text).unwrap();
        let vocabulary = Vocabulary::load(&file).unwrap();
        let kept = directory.path().join("kept");
        let made = VocabularyVectors::embed(&vocabulary, embedder.as_ref()).unwrap();
        assert_eq!((made.terms.len(), made.neutral.len()), (2, 1));
        let get = || VocabularyVectors::kept(&kept, &vocabulary, embedder.as_ref()).unwrap();
        assert_eq!(get(), made);
        let path = fs::read_dir(&kept).unwrap().next().unwrap().unwrap().path();
        let sound = fs::read(&path).unwrap();
        assert_eq!(VocabularyVectors::read(&sound), Some(made.clone()));
        let mut damaged = sound.clone();
        *damaged.last_mut().unwrap() ^= 1;
        fs::write(&path, &damaged).unwrap();
        assert_eq!(get(), made);
        assert_eq!(fs::read(&path).unwrap(), sound);
    }
}
