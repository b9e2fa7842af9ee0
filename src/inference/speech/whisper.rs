//! Speech to text by Whisper models in ggml form, run by whisper.cpp.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use whisper_rs::{
    FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperError,
    WhisperState,
};

use crate::domain::SPEECH_SAMPLE_RATE_HZ;
use crate::inference::InferenceError;
use crate::inference::catalogue::InstalledModel;

use super::ggml_file::check_whisper_file;
use super::phrases::phrases;
use super::stretches::samples_to_millis;
use super::transcript::{self, RawSegment, Token};
use super::{Heard, SpeechToText, VoiceStretch};

/// whisper.cpp reads past the end of sound shorter than 201 samples, and its language
/// detection refuses less than a few hundred milliseconds.
const MIN_SAMPLES: usize = SPEECH_SAMPLE_RATE_HZ as usize;
/// More threads than this gain nothing on one 30 s window.
const MAX_THREADS: usize = 8;
/// Below that a model's steps take less time than its threads need to wait for each other, and on a
/// busy machine, where they wait by spinning, many times as long.
const MIN_BYTES_FOR_THREADS: u64 = 40 << 20;
/// How soon a wish to stop is noticed; whisper.cpp itself asks once per graph.
const CANCEL_POLL: Duration = Duration::from_millis(50);
/// Candidates per temperature above 0 and the step between temperatures, as in Whisper's
/// reference decoding.
const BEST_OF: i32 = 5;
const TEMPERATURE_STEP: f32 = 0.2;

/// Loads the Whisper model with at most `threads` threads per transcription.
///
/// # Errors
/// `FileMissing` or `FileDamaged` when the file can't be used, found out before ggml reads it.
pub fn load_speech_model(
    model: &InstalledModel,
    threads: usize,
) -> Result<Box<dyn SpeechToText>, InferenceError> {
    let path = super::weight_file(model)?;
    let name = format!("{}@{}", model.entry.name, model.version);
    let mut whisper = Whisper::open(&path, &name, threads)?;
    if let Some(millis) = model.entry.max_phrase_millis {
        let samples = millis as usize * (SPEECH_SAMPLE_RATE_HZ as usize / 1000);
        whisper.max_phrase_samples = Some(samples);
        whisper.version += &format!(" max_phrase_millis={millis}");
    }
    Ok(Box::new(whisper))
}

/// A loaded model; threads that transcribe at the same time share its weights.
pub(super) struct Whisper {
    context: WhisperContext,
    name: String,
    version: String,
    threads: i32,
    /// Transcriptions under way, which share the threads: whisper.cpp's wait for each other by
    /// spinning, so that more threads than cores make everything several times as slow.
    active: AtomicI32,
    /// Longer stretches are cut into phrases; `None` for models that hear 30 s at a time.
    max_phrase_samples: Option<usize>,
    /// States not in use: each holds the buffers of one transcription, hundreds of megabytes
    /// for large models, so they are kept and not made anew for every stretch.
    idle: Mutex<Vec<WhisperState>>,
}

impl Whisper {
    pub(super) fn open(path: &Path, name: &str, threads: usize) -> Result<Self, InferenceError> {
        let header = check_whisper_file(path)?;
        if header.tensors == 0 {
            tracing::warn!(path = %path.display(), "the speech model holds no weights and will hear nothing");
        }
        whisper_rs::install_logging_hooks();
        let refused = |_| InferenceError::FileDamaged {
            reason: "whisper.cpp refused the model".to_owned(),
            path: path.to_owned(),
        };
        let context = WhisperContext::new_with_params(path, WhisperContextParameters::default())
            .map_err(refused)?;
        let available = std::thread::available_parallelism().map_or(1, usize::from);
        let is_small = std::fs::metadata(path).is_ok_and(|file| file.len() < MIN_BYTES_FOR_THREADS);
        let most = if is_small {
            1
        } else {
            available.min(MAX_THREADS)
        };
        Ok(Self {
            context,
            name: name.to_owned(),
            version: format!(
                "whisper.cpp-{} {name} greedy best_of={BEST_OF} temperature_step={TEMPERATURE_STEP}",
                whisper_rs::WHISPER_CPP_VERSION
            ),
            threads: threads.clamp(1, most) as i32,
            active: AtomicI32::new(0),
            max_phrase_samples: None,
            idle: Mutex::new(Vec::new()),
        })
    }

    fn failed(&self, source: WhisperError) -> InferenceError {
        InferenceError::Run {
            model: self.name.clone(),
            source: Box::new(source),
        }
    }

    fn state(&self) -> Result<WhisperState, InferenceError> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        match idle {
            Some(state) => Ok(state),
            None => self
                .context
                .create_state()
                .map_err(|source| self.failed(source)),
        }
    }

    /// Keeps a state for the next stretch; one that failed is not given back.
    fn give_back(&self, state: WhisperState) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(state);
    }

    /// The code whisper.cpp is told: what the caller forces, else what the model can't help.
    fn language_code(&self, language: Option<&str>) -> Option<&'static str> {
        if !self.context.is_multilingual() {
            return Some("en");
        }
        let code = language
            .filter(|code| !code.contains('\0'))?
            .to_ascii_lowercase();
        let id = whisper_rs::get_lang_id(&code);
        if id.is_none() {
            tracing::warn!(
                language = code,
                "the speech model does not know the language and will detect it"
            );
        }
        id.and_then(whisper_rs::get_lang_str)
    }

    fn parameters(
        &self,
        language: Option<&'static str>,
        stop: Arc<AtomicBool>,
        threads: i32,
    ) -> FullParams<'static, 'static> {
        let mut parameters = FullParams::new(SamplingStrategy::Greedy { best_of: BEST_OF });
        parameters.set_n_threads(threads);
        parameters.set_language(language);
        parameters.set_translate(false);
        // Stretches are not always neighbours, and carried-over text is what loops feed on.
        parameters.set_no_context(true);
        parameters.set_token_timestamps(true);
        parameters.set_suppress_blank(true);
        parameters.set_temperature(0.0);
        parameters.set_temperature_inc(TEMPERATURE_STEP);
        // whisper.cpp measures repetition by the entropy of the last tokens, where the
        // reference takes the compression ratio; both have 2.4 as their default.
        parameters.set_entropy_thold(transcript::COMPRESSION_RATIO_THRESHOLD);
        parameters.set_logprob_thold(transcript::LOG_PROBABILITY_THRESHOLD);
        parameters.set_no_speech_thold(transcript::NO_SPEECH_THRESHOLD);
        parameters.set_print_special(false);
        parameters.set_print_progress(false);
        parameters.set_print_realtime(false);
        parameters.set_print_timestamps(false);
        // The setter stores a boxed closure but calls it as the type it was given: only a
        // closure that is boxed already has the same type in both places.
        parameters.set_abort_callback_safe(
            Box::new(move || stop.load(Ordering::Relaxed)) as Box<dyn FnMut() -> bool>
        );
        parameters
    }

    fn segments(&self, state: &WhisperState) -> Vec<RawSegment> {
        let first_special = self.context.token_eot();
        state
            .as_iter()
            .map(|segment| RawSegment {
                start_millis: segment.start_timestamp() * 10,
                end_millis: segment.end_timestamp() * 10,
                no_speech: segment.no_speech_probability(),
                tokens: (0..segment.n_tokens())
                    .filter_map(|index| segment.get_token(index))
                    .filter(|token| token.token_id() < first_special)
                    .filter_map(|token| {
                        let data = token.token_data();
                        Some(Token {
                            bytes: token.to_bytes().ok()?.to_vec(),
                            start_millis: data.t0.max(0) * 10,
                            end_millis: data.t1.max(0) * 10,
                            probability: token.token_probability(),
                        })
                    })
                    .collect(),
            })
            .collect()
    }

    /// What is said in at most 30 s of sound.
    fn transcribe_window(
        &self,
        stretch: &VoiceStretch,
        language: Option<&str>,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Vec<Heard>, InferenceError> {
        if cancelled() {
            return Err(InferenceError::Cancelled);
        }
        if stretch.mono.is_empty() {
            return Ok(Vec::new());
        }
        let forced = self.language_code(language);
        let mut state = self.state()?;
        let stop = Arc::new(AtomicBool::new(false));
        let share = ThreadShare::take(&self.active, self.threads);
        let parameters = self.parameters(forced, Arc::clone(&stop), share.threads);
        // whisper.cpp keeps its callback for as long as the program runs, so it can't borrow
        // `cancelled`; a second thread asks and passes the answer on.
        let (done, is_done) = channel::<()>();
        let result = std::thread::scope(|scope| {
            let stop = &stop;
            scope.spawn(move || {
                while let Err(RecvTimeoutError::Timeout) = is_done.recv_timeout(CANCEL_POLL) {
                    if cancelled() {
                        stop.store(true, Ordering::Relaxed);
                    }
                }
            });
            let result = state.full(parameters, &padded(&stretch.mono));
            drop(done);
            result
        });
        if stop.load(Ordering::Relaxed) {
            return Err(InferenceError::Cancelled);
        }
        result.map_err(|source| self.failed(source))?;
        let language = forced.or_else(|| whisper_rs::get_lang_str(state.full_lang_id_from_state()));
        let heard = transcript::sentences(&self.segments(&state), stretch.span(), language);
        self.give_back(state);
        Ok(heard)
    }
}

impl SpeechToText for Whisper {
    fn transcribe(
        &self,
        stretch: &VoiceStretch,
        language: Option<&str>,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Vec<Heard>, InferenceError> {
        let Some(max_samples) = self.max_phrase_samples else {
            return self.transcribe_window(stretch, language, cancelled);
        };
        let mut heard = Vec::new();
        for range in phrases(&stretch.mono, max_samples) {
            let phrase = VoiceStretch {
                start_millis: stretch.start_millis + samples_to_millis(range.start),
                mono: stretch.mono[range].to_vec(),
            };
            heard.extend(self.transcribe_window(&phrase, language, cancelled)?);
        }
        Ok(heard)
    }

    fn detect_language(
        &self,
        stretch: &VoiceStretch,
    ) -> Result<Option<(String, f32)>, InferenceError> {
        if !self.context.is_multilingual() || stretch.mono.is_empty() {
            return Ok(None);
        }
        let share = ThreadShare::take(&self.active, self.threads);
        let threads = share.threads as usize;
        let mut state = self.state()?;
        state
            .pcm_to_mel(&padded(&stretch.mono), threads)
            .map_err(|source| self.failed(source))?;
        let (id, probabilities) = state
            .lang_detect(0, threads)
            .map_err(|source| self.failed(source))?;
        self.give_back(state);
        let probability = usize::try_from(id)
            .ok()
            .and_then(|index| probabilities.get(index))
            .copied();
        Ok(whisper_rs::get_lang_str(id)
            .map(str::to_owned)
            .zip(probability))
    }

    fn version(&self) -> &str {
        &self.version
    }
}

/// A transcription's part of a model's threads, given back when it is dropped.
struct ThreadShare<'a> {
    active: &'a AtomicI32,
    threads: i32,
}

impl<'a> ThreadShare<'a> {
    fn take(active: &'a AtomicI32, all: i32) -> Self {
        let others = active.fetch_add(1, Ordering::Relaxed);
        Self {
            active,
            threads: (all / (others + 1)).max(1),
        }
    }
}

impl Drop for ThreadShare<'_> {
    fn drop(&mut self) {
        self.active.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The sound as whisper.cpp takes it: finite numbers, at least a second of them.
fn padded(mono: &[f32]) -> Vec<f32> {
    let mut samples: Vec<f32> = mono
        .iter()
        .map(|value| if value.is_finite() { *value } else { 0.0 })
        .collect();
    samples.resize(samples.len().max(MIN_SAMPLES), 0.0);
    samples
}
