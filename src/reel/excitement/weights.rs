//! Weights of signals and words of commentators, as `models/excitement.toml` gives them.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use toml::Spanned;

use super::{super::ReelError, Signal, phrases::Phrases};

const BUILTIN: &str = include_str!("../../../models/excitement.toml");
const BUILTIN_PATH: &str = "models/excitement.toml";

/// The list that holds for every asset.
const ANY: &str = "any";

/// More than this makes no difference that anybody would see.
const GREATEST_WEIGHT: f32 = 10.0;

/// How much each signal counts, and the words that count as excited commentary.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    signals: [f32; Signal::ALL.len()],
    pub(super) lists: Vec<WordList>,
}

/// What commentators of a sport say when something great happens.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct WordList {
    /// What shows that an asset is of the sport; `None` for a list that holds for every asset.
    pub(super) names: Option<Phrases>,
    pub(super) english: Phrases,
    pub(super) french: Phrases,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WeightsFile {
    weights: BTreeMap<Spanned<String>, Spanned<f32>>,
    #[serde(default)]
    words: BTreeMap<Spanned<String>, WordFields>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WordFields {
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    en: Vec<String>,
    #[serde(default)]
    fr: Vec<String>,
}

impl Weights {
    /// The weights that come with the program.
    ///
    /// # Errors
    /// As [`load`](Self::load), should the program's own file be wrong.
    pub fn builtin() -> Result<Self, ReelError> {
        Self::parse(BUILTIN, Path::new(BUILTIN_PATH))
    }

    /// The weights in the TOML file `path`, in the form of the one that comes with the program.
    ///
    /// # Errors
    /// [`ReelError::File`] when it can't be read, [`ReelError::Weights`] with the line when a name
    /// is unknown, a weight is below 0 or above 10, or a sport has no names.
    pub fn load(path: &Path) -> Result<Self, ReelError> {
        let text = std::fs::read_to_string(path).map_err(|source| ReelError::File {
            doing: "read",
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text, path)
    }

    /// How much a signal counts, 0 for not at all.
    pub fn of(&self, signal: Signal) -> f32 {
        self.signals[signal as usize]
    }

    fn parse(text: &str, path: &Path) -> Result<Self, ReelError> {
        let wrong = |at: usize, reason: String| ReelError::Weights {
            path: PathBuf::from(path),
            line: 1 + text[..at.min(text.len())].matches('\n').count(),
            reason,
        };
        let file: WeightsFile = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            wrong(at, error.message().to_owned())
        })?;
        let mut signals = [0.0; Signal::ALL.len()];
        for (name, weight) in &file.weights {
            let signal = Signal::ALL
                .into_iter()
                .find(|signal| signal.name() == name.as_ref());
            let Some(signal) = signal else {
                let known = Signal::ALL.map(Signal::name).join(", ");
                return Err(wrong(
                    name.span().start,
                    format!("no signal is called `{}`; there are {known}", name.as_ref()),
                ));
            };
            if !(0.0..=GREATEST_WEIGHT).contains(weight.as_ref()) {
                return Err(wrong(
                    weight.span().start,
                    format!(
                        "the weight of `{}` is {}, not from 0 to {GREATEST_WEIGHT}",
                        name.as_ref(),
                        weight.as_ref()
                    ),
                ));
            }
            signals[signal as usize] = *weight.as_ref();
        }
        let mut lists = Vec::with_capacity(file.words.len());
        for (sport, fields) in &file.words {
            let is_general = sport.as_ref() == ANY;
            if !is_general && fields.names.is_empty() {
                return Err(wrong(
                    sport.span().start,
                    format!(
                        "the words of `{}` need `names` that the sport is known by",
                        sport.as_ref()
                    ),
                ));
            }
            lists.push(WordList {
                names: (!is_general).then(|| Phrases::new(&fields.names)),
                english: Phrases::new(&fields.en),
                french: Phrases::new(&fields.fr),
            });
        }
        Ok(Self { signals, lists })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        Weights::parse(text, Path::new("mine.toml"))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn the_programs_own_weights_name_every_signal() {
        let weights = Weights::builtin().unwrap();
        for signal in Signal::ALL {
            assert!(
                BUILTIN.contains(&format!("\n{} = ", signal.name())),
                "{}",
                signal.name()
            );
            assert!(weights.of(signal) >= 0.0);
        }
        assert!(weights.lists.len() > 10);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_file_and_line() {
        let told = problem("[weights]\ncrowd = 1\nwhistel = 2\n");
        assert!(told.contains("mine.toml, line 3"), "{told}");
        assert!(
            told.contains("`whistel`") && told.contains("whistle"),
            "{told}"
        );
        let told = problem("[weights]\ncrowd = -1\n");
        assert!(told.contains("line 2") && told.contains("-1"), "{told}");
        let told = problem("[weights]\ncrowd = \"high\"\n");
        assert!(told.contains("line 2"), "{told}");
        let told = problem("[weights]\n\n[words.chess]\nen = [\"mate\"]\n");
        assert!(
            told.contains("line 3") && told.contains("`chess`"),
            "{told}"
        );
        let told = problem("[weights\n");
        assert!(told.contains("line 1"), "{told}");
        let told = problem("[weights]\ncrowd = nan\n");
        assert!(told.contains("line 2"), "{told}");
    }

    #[test]
    fn a_signal_that_is_not_named_does_not_count() {
        let weights = Weights::parse("[weights]\ncrowd = 2\n", Path::new("mine.toml")).unwrap();
        assert_eq!(weights.of(Signal::Crowd), 2.0);
        assert_eq!(weights.of(Signal::Loudness), 0.0);
    }
}
