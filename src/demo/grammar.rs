//! Grammars that commentators speak from, and sentences expanded from them.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{attributes::Kind, dice::Dice, error::DemoError};

/// One sentence in this many is kept out of training, where its pattern has enough others. The same
/// rule is in `models/training/speech/sentences.py`.
const HELD_OUT_OF: u8 = 10;
const MIN_SIBLINGS: u64 = 20;

/// How deep rules may call rules; real sentences need less than ten.
const DEPTH: usize = 40;

/// A language that is spoken in a demo world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Language {
    /// English.
    #[serde(rename = "en")]
    English,
    /// French.
    #[serde(rename = "fr")]
    French,
}

impl Language {
    /// Its ISO 639-1 code.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::French => "French",
        }
    }
}

/// Rules of sentences.
///
/// `start` names a rule; each rule has alternatives, and `{name}` in one stands for an alternative
/// of the rule of that name. Alternatives are equally likely.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grammar {
    start: String,
    rules: BTreeMap<String, Vec<String>>,
    #[serde(skip, default = "english")]
    language: Language,
}

fn english() -> Language {
    Language::English
}

impl Grammar {
    /// The grammar of a language, as it comes with the program.
    ///
    /// # Errors
    /// When it is not valid, which its test excludes.
    pub(crate) fn of(language: Language) -> Result<Self, DemoError> {
        Self::parse(
            match language {
                Language::English => include_str!("grammar/english.toml"),
                Language::French => include_str!("grammar/french.toml"),
            },
            language,
        )
    }

    fn parse(text: &str, language: Language) -> Result<Self, DemoError> {
        let grammar: Self = toml::from_str(text).map_err(|source| DemoError::Grammar {
            language: language.name(),
            source: Box::new(source),
        })?;
        let grammar = Self {
            language,
            ..grammar
        };
        let called = grammar
            .rules
            .values()
            .flatten()
            .flat_map(|text| parts(text));
        for name in called
            .filter_map(|(_, name)| name)
            .chain([grammar.start.as_str()])
        {
            grammar.alternatives(name)?;
        }
        Ok(grammar)
    }

    /// A sentence about anything.
    pub(crate) fn sentence(&self, dice: &mut Dice) -> Result<String, DemoError> {
        self.expanded(&self.start, dice)
    }

    /// A sentence that fits `kind`, or about anything where there is no rule for it.
    pub(crate) fn about(&self, kind: Kind, dice: &mut Dice) -> Result<String, DemoError> {
        let rule = rule_about(kind);
        let rule = if self.rules.contains_key(&rule) {
            &rule
        } else {
            &self.start
        };
        self.expanded(rule, dice)
    }

    /// Whether there are sentences that fit `kind` alone.
    pub(crate) fn knows(&self, kind: Kind) -> bool {
        self.rules.contains_key(&rule_about(kind))
    }

    /// What is cried out at a highlight.
    pub(crate) fn highlight(&self, dice: &mut Dice) -> Result<String, DemoError> {
        let rule = if self.rules.contains_key("highlight") {
            "highlight"
        } else {
            &self.start
        };
        self.expanded(rule, dice)
    }

    /// A sentence that no model was trained on, though on others of its pattern.
    pub(crate) fn held_out_sentence(&self, dice: &mut Dice) -> Result<String, DemoError> {
        loop {
            let mut text = String::new();
            let siblings = self.expand(&self.start, dice, DEPTH, &mut text)?;
            let digest = Sha256::digest(text.as_bytes());
            if siblings >= MIN_SIBLINGS && digest[0].is_multiple_of(HELD_OUT_OF) {
                return Ok(text);
            }
        }
    }

    fn expanded(&self, rule: &str, dice: &mut Dice) -> Result<String, DemoError> {
        let mut text = String::new();
        self.expand(rule, dice, DEPTH, &mut text)?;
        Ok(text)
    }

    /// Appends a sentence of `rule`; returns how many others its pattern makes at least. The choice
    /// between patterns does not count, only that between words in one.
    fn expand(
        &self,
        rule: &str,
        dice: &mut Dice,
        depth: usize,
        text: &mut String,
    ) -> Result<u64, DemoError> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(DemoError::GrammarEndless {
                language: self.language.name(),
                rule: rule.to_owned(),
            });
        };
        let alternatives = self.alternatives(rule)?;
        let is_pattern = rule == self.start
            || rule.starts_with("about_")
            || ["highlight", "general"].contains(&rule);
        let mut siblings = if is_pattern {
            1
        } else {
            alternatives.len() as u64
        };
        for (plain, name) in parts(dice.pick::<String>(alternatives)) {
            text.push_str(plain);
            if let Some(name) = name {
                siblings *= self.expand(name, dice, depth, text)?;
            }
        }
        Ok(siblings)
    }

    fn alternatives(&self, rule: &str) -> Result<&[String], DemoError> {
        self.rules
            .get(rule)
            .map(Vec::as_slice)
            .filter(|alternatives| !alternatives.is_empty())
            .ok_or_else(|| DemoError::GrammarRule {
                language: self.language.name(),
                rule: rule.to_owned(),
            })
    }
}

fn rule_about(kind: Kind) -> String {
    match kind {
        Kind::StadiumFromAbove => "about_stadium".to_owned(),
        Kind::Skyline => "about_night".to_owned(),
        kind => format!("about_{}", kind.name()),
    }
}

/// Plain text, each piece with the rule that follows it.
fn parts(text: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let named = text
            .split_once('{')
            .and_then(|(plain, after)| Some((plain, after.split_once('}')?)));
        Some(match named {
            Some((plain, (name, after))) => {
                rest = Some(after);
                (plain, Some(name))
            }
            None => (text, None),
        })
    })
}

/// Writes `count` sentences of a language, one a line.
///
/// # Errors
/// When the file can't be written.
pub fn write_sentences(
    file: &Path,
    seed: u64,
    count: u64,
    language: Language,
) -> Result<(), DemoError> {
    let grammar = Grammar::of(language)?;
    let mut dice = Dice::new(seed, language as u64);
    let mut lines = File::create(file)
        .map(BufWriter::new)
        .map_err(DemoError::file(file))?;
    for _ in 0..count {
        let sentence = grammar.sentence(&mut dice)?;
        writeln!(lines, "{sentence}").map_err(DemoError::file(file))?;
    }
    lines.flush().map_err(DemoError::file(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammars_that_come_along_say_something_of_every_rule() {
        for language in [Language::English, Language::French] {
            let grammar = Grammar::of(language).unwrap();
            let mut dice = Dice::new(1, 0);
            for rule in grammar.rules.keys() {
                for _ in 0..20 {
                    let text = grammar.expanded(rule, &mut dice).unwrap();
                    assert!(
                        !text.is_empty() && !text.contains(['{', '}']),
                        "{rule}: {text}"
                    );
                }
            }
            assert!(!grammar.about(Kind::Archery, &mut dice).unwrap().is_empty());
            assert!(
                !grammar
                    .about(Kind::ColourBars, &mut dice)
                    .unwrap()
                    .is_empty()
            );
            assert!(!grammar.highlight(&mut dice).unwrap().is_empty());
        }
    }

    #[test]
    fn rules_that_are_missing_or_endless_are_told() {
        let parse = |text| Grammar::parse(text, Language::English);
        let missing = parse("start = \"a\"\n[rules]\na = [\"x {b} y\"]");
        assert!(matches!(missing, Err(DemoError::GrammarRule { rule, .. }) if rule == "b"));
        let endless = parse("start = \"a\"\n[rules]\na = [\"x {a}\"]").unwrap();
        let said = endless.sentence(&mut Dice::new(1, 0));
        assert!(matches!(said, Err(DemoError::GrammarEndless { .. })));
    }

    #[test]
    fn sentences_are_written_one_a_line_and_alike_for_a_seed() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, seed| {
            let file = folder.path().join(name);
            write_sentences(&file, seed, 50, Language::French).unwrap();
            std::fs::read_to_string(file).unwrap()
        };
        let first = write("a", 1);
        assert_eq!(first.lines().count(), 50);
        assert_eq!(first, write("b", 1));
        assert_ne!(first, write("c", 2));
    }
}
