//! Voices: the library of eSpeak NG, loaded at run time, with the time of every word.

use std::{
    cell::RefCell,
    ffi::{CString, c_char, c_int, c_short, c_uint, c_void},
    ptr,
    sync::{Mutex, PoisonError},
};

use libloading::Library;

use super::{error::DemoError, truth::SpokenWord};

/// The library's name on Linux.
const LIBRARY_NAME: &str = "libespeak-ng.so.1";

/// `espeak_AUDIO_OUTPUT` that hands samples to the callback and returns when all is spoken.
const OUTPUT_SYNCHRONOUS: c_int = 2;
/// `espeakINITIALIZE_DONT_EXIT`: a missing voice folder is an error to return, not an exit.
const INITIALIZE_DONT_EXIT: c_int = 0x8000;
/// `espeakCHARS_UTF8`.
const CHARACTERS_UTF8: c_uint = 1;
/// `POS_CHARACTER`.
const POSITION_CHARACTER: c_int = 1;
/// `espeakRATE` and `espeakPITCH` of `espeak_PARAMETER`.
const PARAMETER_RATE: c_int = 1;
const PARAMETER_PITCH: c_int = 3;
/// `espeak_EVENT_TYPE`.
const EVENT_LIST_TERMINATED: c_int = 0;
const EVENT_WORD: c_int = 1;
const EVENT_END: c_int = 5;

/// Below that a sample is no sound: eSpeak NG's pauses are zeros, its fades a few units.
const QUIET: i16 = 40;

/// `espeak_EVENT` of speak_lib.h, eSpeak NG 1.49 and later.
#[repr(C)]
struct Event {
    kind: c_int,
    unique_identifier: c_uint,
    text_position: c_int,
    length: c_int,
    audio_position: c_int,
    sample: c_int,
    user_data: *mut c_void,
    id: [u64; 1],
}

type Callback = unsafe extern "C" fn(*mut c_short, c_int, *mut Event) -> c_int;
type Initialize = unsafe extern "C" fn(c_int, c_int, *const c_char, c_int) -> c_int;
type Terminate = unsafe extern "C" fn() -> c_int;
type Seed = unsafe extern "C" fn(c_uint);
type SetSynthCallback = unsafe extern "C" fn(Callback);
type SetVoiceByName = unsafe extern "C" fn(*const c_char) -> c_int;
type SetParameter = unsafe extern "C" fn(c_int, c_int, c_int) -> c_int;
type Synth = unsafe extern "C" fn(
    *const c_void,
    usize,
    c_uint,
    c_int,
    c_uint,
    c_uint,
    *mut c_uint,
    *mut c_void,
) -> c_int;

/// The library with what is called in it, for one text.
///
/// Its wavering of the pitch goes on from one text to the next and has no beginning but the loading
/// of the library, and its breath comes from the C library's chance. So each text gets the library
/// loaded anew, which takes 8 ms, and the same seed: then it sounds the same whatever was said before.
struct Engine {
    sample_rate_hz: u32,
    set_voice_by_name: SetVoiceByName,
    set_parameter: SetParameter,
    synth: Synth,
    terminate: Terminate,
    /// Keeps the functions in memory; declared last, so that it is let go last.
    _library: Library,
}

/// eSpeak NG has one state for the whole process, so there is one user at a time.
static TURN: Mutex<()> = Mutex::new(());

/// What the callback has heard so far.
#[derive(Default)]
struct Heard {
    samples: Vec<i16>,
    /// Kind, first letter counted from 0, and sample of each event.
    events: Vec<(c_int, usize, usize)>,
}

thread_local! {
    /// Synchronous output calls back on the thread that asked.
    static HEARD: RefCell<Heard> = RefCell::default();
}

/// A voice and how it speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Voice {
    /// The name with its variant, such as `en+f2`.
    pub(crate) name: String,
    /// Words per minute.
    pub(crate) words_per_minute: i32,
    /// 0 to 99; 50 is the voice's own.
    pub(crate) pitch: i32,
}

/// Speech with the times of its words, in milliseconds since its first sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Speech {
    /// One channel.
    pub(crate) samples: Vec<i16>,
    /// Samples per second.
    pub(crate) sample_rate_hz: u32,
    /// The words, in order.
    pub(crate) words: Vec<SpokenWord>,
}

/// Speaks `text`.
///
/// # Errors
/// When the library is not installed or does not know the voice.
pub(crate) fn speak(text: &str, voice: &Voice) -> Result<Speech, DemoError> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut engine = Engine::load()?;
    let heard = engine.speak(text, voice)?;
    let words = timed_words(text, &heard, engine.sample_rate_hz);
    Ok(Speech {
        samples: heard.samples,
        sample_rate_hz: engine.sample_rate_hz,
        words,
    })
}

impl Engine {
    fn load() -> Result<Self, DemoError> {
        let missing = |source| DemoError::NoSpeech { source };
        // SAFETY: the library's initialisers only set up its own state.
        let library = unsafe { Library::new(LIBRARY_NAME) }.map_err(missing)?;
        // SAFETY: the types are those of speak_lib.h, and the functions outlive neither the
        // library, which is kept beside them, nor the process.
        let (initialize, set_synth_callback, set_voice_by_name, set_parameter, synth, terminate) = unsafe {
            (
                *library
                    .get::<Initialize>(b"espeak_Initialize")
                    .map_err(missing)?,
                *library
                    .get::<SetSynthCallback>(b"espeak_SetSynthCallback")
                    .map_err(missing)?,
                *library
                    .get::<SetVoiceByName>(b"espeak_SetVoiceByName")
                    .map_err(missing)?,
                *library
                    .get::<SetParameter>(b"espeak_SetParameter")
                    .map_err(missing)?,
                *library.get::<Synth>(b"espeak_Synth").map_err(missing)?,
                *library
                    .get::<Terminate>(b"espeak_Terminate")
                    .map_err(missing)?,
            )
        };
        // SAFETY: a null path means the folder that the library was built with.
        let rate = unsafe { initialize(OUTPUT_SYNCHRONOUS, 0, ptr::null(), INITIALIZE_DONT_EXIT) };
        let sample_rate_hz = u32::try_from(rate)
            .ok()
            .filter(|rate| *rate > 0)
            .ok_or_else(|| refused("start", rate))?;
        // SAFETY: `hear` has the type that speak_lib.h asks for and never unwinds.
        unsafe { set_synth_callback(hear) };
        Ok(Self {
            sample_rate_hz,
            set_voice_by_name,
            set_parameter,
            synth,
            terminate,
            _library: library,
        })
    }

    fn speak(&mut self, text: &str, voice: &Voice) -> Result<Heard, DemoError> {
        let name = c_string(&voice.name);
        // SAFETY: the name ends with a zero and lives through the call.
        let status = unsafe { (self.set_voice_by_name)(name.as_ptr()) };
        if status != 0 {
            return Err(refused(&format!("use the voice {}", voice.name), status));
        }
        for (parameter, value) in [
            (PARAMETER_RATE, voice.words_per_minute),
            (PARAMETER_PITCH, voice.pitch),
        ] {
            // SAFETY: plain numbers.
            let status = unsafe { (self.set_parameter)(parameter, value, 0) };
            if status != 0 {
                return Err(refused("change the voice", status));
            }
        }
        seed_chance()?;
        HEARD.take();
        let text = c_string(text);
        let bytes = text.as_bytes_with_nul();
        // SAFETY: the text ends with a zero, its length is given and it lives through the call,
        // which returns after the last callback; the two pointers may be null.
        let status = unsafe {
            (self.synth)(
                bytes.as_ptr().cast(),
                bytes.len(),
                0,
                POSITION_CHARACTER,
                0,
                CHARACTERS_UTF8,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        if status != 0 {
            return Err(refused("speak", status));
        }
        Ok(HEARD.take())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // SAFETY: nothing is being spoken, and nothing of the library is called afterwards; without
        // it the library's thread would live on in memory that is about to go.
        unsafe { (self.terminate)() };
    }
}

/// Begins the C library's chance anew.
fn seed_chance() -> Result<(), DemoError> {
    let program = Library::from(libloading::os::unix::Library::this());
    // SAFETY: `srand` of the C library takes a number and may be called at any time.
    unsafe {
        let seed = program
            .get::<Seed>(b"srand")
            .map_err(|source| DemoError::NoSpeech { source })?;
        seed(1);
    }
    Ok(())
}

fn refused(action: &str, status: i32) -> DemoError {
    DemoError::Speech {
        action: action.to_owned(),
        status,
    }
}

/// A zero inside ends a text for C as well.
fn c_string(text: &str) -> CString {
    let before_zero = text.split('\0').next().unwrap_or_default();
    CString::new(before_zero).unwrap_or_default()
}

/// Takes samples and events; 0 asks for more.
unsafe extern "C" fn hear(samples: *mut c_short, count: c_int, events: *mut Event) -> c_int {
    HEARD.with_borrow_mut(|heard| {
        if !samples.is_null() && count > 0 {
            // SAFETY: eSpeak NG says that so many samples lie there until the callback returns.
            let new = unsafe { std::slice::from_raw_parts(samples, count as usize) };
            heard.samples.extend_from_slice(new);
        }
        let mut event = events;
        // SAFETY: the events are an array whose last one is of the kind that ends the list.
        while let Some(one) = unsafe { event.as_ref() } {
            if one.kind == EVENT_LIST_TERMINATED {
                break;
            }
            if one.kind == EVENT_WORD || one.kind == EVENT_END {
                let letter = usize::try_from(one.text_position - 1).unwrap_or(0);
                let sample = usize::try_from(one.sample).unwrap_or(0);
                heard.events.push((one.kind, letter, sample));
            }
            // SAFETY: not the last one, so another follows.
            event = unsafe { event.add(1) };
        }
    });
    0
}

/// The words of `text` with the times at which they begin and fall silent.
///
/// Words that eSpeak NG speaks as one, such as "of the", share its time by their letters.
fn timed_words(text: &str, heard: &Heard, sample_rate_hz: u32) -> Vec<SpokenWord> {
    let mut words: Vec<(usize, String, Option<usize>)> = Vec::new();
    let mut is_inside = false;
    for (letter, character) in text.chars().enumerate() {
        if character.is_whitespace() {
            is_inside = false;
            continue;
        }
        if !is_inside {
            words.push((letter, String::new(), None));
            is_inside = true;
        }
        if let Some((_, word, _)) = words.last_mut() {
            word.push(character);
        }
    }
    for (kind, letter, sample) in &heard.events {
        let holder = words.iter_mut().rev().find(|(first, ..)| first <= letter);
        if let (&EVENT_WORD, Some((_, _, start))) = (kind, holder) {
            start.get_or_insert(*sample);
        }
    }
    let total = heard.samples.len();
    let millis = |sample: usize| (sample as u64 * 1000 / u64::from(sample_rate_hz)) as i64;
    let mut timed = Vec::with_capacity(words.len());
    let mut at = 0;
    while at < words.len() {
        let start = words[at].2.unwrap_or(0);
        let group = 1 + words[at + 1..]
            .iter()
            .take_while(|(.., start)| start.is_none())
            .count();
        // Parts of a word with a hyphen are events too, and do not end it.
        let next_letter = words
            .get(at + group)
            .map_or(usize::MAX, |(first, ..)| *first);
        let end = heard
            .events
            .iter()
            .filter(|(kind, letter, _)| *kind == EVENT_END || *letter >= next_letter)
            .map(|(_, _, sample)| *sample)
            .filter(|sample| *sample > start)
            .min()
            .unwrap_or(total)
            .min(total);
        let sounding = heard.samples.get(start..end).unwrap_or_default();
        let quiet = sounding
            .iter()
            .rev()
            .take_while(|sample| sample.saturating_abs() < QUIET)
            .count();
        let end = (end - quiet.min(end)).max(start + 1);
        let letters: usize = words[at..at + group]
            .iter()
            .map(|(_, word, _)| word.chars().count())
            .sum();
        let mut before = 0;
        for (_, word, _) in &words[at..at + group] {
            let place =
                |letters_before: usize| start + (end - start) * letters_before / letters.max(1);
            let from = place(before);
            before += word.chars().count();
            timed.push(SpokenWord {
                text: word.clone(),
                start_millis: millis(from),
                end_millis: millis(place(before)),
            });
        }
        at += group;
    }
    timed
}

#[cfg(test)]
mod tests;
