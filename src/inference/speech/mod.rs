//! Finds where somebody speaks and writes down what is said; which stretch belongs to which asset is the caller's.

mod built_in;
mod ggml_file;
mod phrases;
mod silero;
mod stretches;
mod transcript;
mod whisper;

use std::path::PathBuf;

use crate::domain::{Samples, TimeSpan, Word};
use crate::inference::InferenceError;
use crate::inference::catalogue::InstalledModel;

pub use built_in::BuiltInDetector;
pub use silero::SileroDetector;
pub use whisper::load_speech_model;

/// A stretch of sound in which somebody speaks.
#[derive(Debug, Clone, PartialEq)]
pub struct VoiceStretch {
    /// Running time of the first sample.
    pub start_millis: i64,
    /// At most 30 s at 16 kHz, with up to 200 ms of what lies before and after the voice.
    pub mono: Vec<f32>,
}

impl VoiceStretch {
    /// Where it lies in running time.
    pub fn span(&self) -> TimeSpan {
        TimeSpan::new(
            self.start_millis,
            self.start_millis + stretches::samples_to_millis(self.mono.len()),
        )
    }
}

/// Finds speech in sound that comes piece by piece; holds at most about a minute of it.
pub trait VoiceDetector: Send {
    /// Takes the next samples and appends the stretches that are complete to `out`.
    ///
    /// Samples follow on each other; where `start_millis` jumps by more than 20 ms, speech ends
    /// before the jump.
    ///
    /// # Errors
    /// `Run` when the model fails.
    fn push(
        &mut self,
        samples: &Samples,
        out: &mut Vec<VoiceStretch>,
    ) -> Result<(), InferenceError>;

    /// Ends the sound, appends the last stretches to `out` and makes ready for another asset.
    ///
    /// # Errors
    /// `Run` when the model fails.
    fn finish(&mut self, out: &mut Vec<VoiceStretch>) -> Result<(), InferenceError>;

    /// Its name for provenance.
    fn name(&self) -> &str;

    /// Its version, with the settings that change what it finds.
    fn version(&self) -> &str;
}

/// Opens the Silero model where one is given, else the detector that needs no model.
///
/// # Errors
/// `FileMissing` or `FileDamaged` when the given model can't be used.
pub fn open_voice_detector(
    silero: Option<&InstalledModel>,
) -> Result<Box<dyn VoiceDetector>, InferenceError> {
    Ok(match silero {
        Some(model) => Box::new(SileroDetector::open(&weight_file(model)?, &model.version)?),
        None => Box::new(BuiltInDetector::new()),
    })
}

/// One sentence or so that was heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// When, in running time.
    pub span: TimeSpan,
    /// What, without surrounding spaces; never empty.
    pub text: String,
    /// Its words with their times.
    pub words: Vec<Word>,
    /// ISO 639-1 code of the language it was transcribed in.
    pub language: Option<String>,
    /// Geometric mean of the tokens' probabilities, 0 to 1.
    pub confidence: f32,
}

/// Writes down speech.
pub trait SpeechToText: Send + Sync {
    /// What is said in `stretch`.
    ///
    /// `language` (an ISO 639 code) forces the language; with `None`, or a code the model does
    /// not know, it is detected anew, which costs one more pass of the encoder. `cancelled` is
    /// asked about every 50 ms.
    ///
    /// # Errors
    /// `Cancelled`, or `Run` when the model fails.
    fn transcribe(
        &self,
        stretch: &VoiceStretch,
        language: Option<&str>,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Vec<Heard>, InferenceError>;

    /// The language most likely spoken in `stretch` as ISO 639-1 code with its probability;
    /// `None` from models that know one language only.
    ///
    /// # Errors
    /// `Run` when the model fails.
    fn detect_language(
        &self,
        stretch: &VoiceStretch,
    ) -> Result<Option<(String, f32)>, InferenceError>;

    /// Program, weights and settings that the result depends on.
    fn version(&self) -> &str;
}

fn weight_file(model: &InstalledModel) -> Result<PathBuf, InferenceError> {
    match model.entry.files.first() {
        Some(file) => Ok(model.directory.join(&file.path)),
        None => Err(InferenceError::FileMissing {
            path: model.directory.clone(),
        }),
    }
}

#[cfg(test)]
mod tests;

/// A file of the shared test media, or `None` with a printed reason.
#[cfg(test)]
pub(crate) fn test_data(path: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../shared")
        .join(path);
    if path.exists() {
        return Some(path);
    }
    tests::say_skipped(&path);
    None
}
