//! What commentators say in half a minute, and how one would ask for it: what passage models are measured with.

use super::{
    attributes::Kind,
    dice::Dice,
    error::DemoError,
    grammar::{Grammar, Language},
    plan::SPORTS,
    wording::wording,
};

/// Sentences of a passage: some 15 to 30 seconds, as long as passages of a library are.
const SENTENCES: std::ops::Range<usize> = 4..8;

/// One stream of chance per passage, apart from those of spoken clips.
const PASSAGES: u64 = 4 << 32;

/// Commentary on one sport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpokenPassage {
    /// The sport.
    pub kind: Kind,
    /// What is said, in English.
    pub text: String,
    /// A description of what it is about, in words of its own.
    pub description: String,
}

/// The `number`th passage of a seed; all sports that commentators have words for have their turn.
///
/// # Errors
/// When the grammar is not valid, which its test excludes.
pub fn spoken_passage(seed: u64, number: u32) -> Result<SpokenPassage, DemoError> {
    let grammar = Grammar::of(Language::English)?;
    let mut dice = Dice::new(seed, PASSAGES + u64::from(number));
    let sports = SPORTS.iter().filter(|sport| grammar.knows(**sport));
    let sports: Vec<Kind> = sports.copied().collect();
    let kind = sports[number as usize % sports.len()];
    let count = SENTENCES.start + dice.below(SENTENCES.len());
    let sentences = (0..count).map(|_| grammar.about(kind, &mut dice));
    let text = sentences.collect::<Result<Vec<_>, _>>()?.join(" ");
    let words = wording(kind);
    let description = match dice.below(2) {
        0 => (*dice.pick(words.topics)).to_owned(),
        _ => format!("{} {}", words.many, dice.pick(words.doing_many)),
    };
    Ok(SpokenPassage {
        kind,
        text,
        description,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passage_is_about_its_sport_and_the_same_again() {
        let passage = |number| spoken_passage(5, number).unwrap();
        assert_eq!(passage(3), passage(3));
        assert_eq!(passage(3).kind, Kind::Running);
        assert!(
            passage(0).text.to_lowercase().contains("arch") || passage(0).text.contains("arrow")
        );
        assert_ne!(passage(3).text, spoken_passage(6, 3).unwrap().text);
        for number in 0..40 {
            let passage = passage(number);
            let sentences = passage.text.matches(['.', '!', '?']).count();
            assert!(SENTENCES.contains(&sentences), "{passage:?}");
            assert!(!passage.description.is_empty(), "{passage:?}");
        }
    }
}
