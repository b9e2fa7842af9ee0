//! Completions of a query that is being typed.

use super::operators::archive;
use crate::{
    domain::AssetKind,
    search::{Searcher, SuggestionKind, tests::library::Library},
};

fn suggest(library: &Library, text: &str) -> Vec<(SuggestionKind, String, Option<u64>)> {
    let searcher = Searcher {
        store: &library.store,
        picture: None,
        passage: None,
    };
    let suggestions = searcher.suggest(text, 8).unwrap();
    for suggestion in &suggestions {
        let (from, to) = suggestion.replaces;
        assert!(
            text.is_char_boundary(from) && to == text.len(),
            "{suggestion:?}"
        );
    }
    let suggestions = suggestions.into_iter();
    suggestions
        .map(|found| (found.kind, found.text, found.count))
        .collect()
}

fn texts(library: &Library, text: &str) -> Vec<String> {
    suggest(library, text)
        .into_iter()
        .map(|(_, text, _)| text)
        .collect()
}

#[test]
fn words_tags_names_and_operators_complete_what_is_typed() {
    let library = archive();
    let found = suggest(&library, "the arch");
    assert!(
        found.contains(&(SuggestionKind::Tag, "tag:archery".to_owned(), Some(2))),
        "{found:?}"
    );
    assert!(
        found.contains(&(SuggestionKind::Word, "archer".to_owned(), Some(1))),
        "{found:?}"
    );
    // Folded as the index has them.
    assert!(
        found.contains(&(SuggestionKind::Word, "archeres".to_owned(), Some(1))),
        "{found:?}"
    );
    assert_eq!(texts(&library, "inter"), ["interview"]);
    assert_eq!(suggest(&library, "inter")[0].0, SuggestionKind::Name);
    let found = suggest(&library, "s");
    assert!(
        found.contains(&(SuggestionKind::Operator, "said:".to_owned(), None)),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|(kind, text, _)| *kind == SuggestionKind::Collection
                && text == "collection:stills")
    );
    assert!(found.iter().any(|(_, text, _)| text == "tag:stadium"));
    assert_eq!(texts(&library, "Médai"), ["medaille"]);
    assert_eq!(texts(&library, "archer "), Vec::<String>::new());
    assert_eq!(texts(&library, ""), Vec::<String>::new());
}

#[test]
fn a_channel_or_condition_completes_its_own_values() {
    let library = archive();
    assert_eq!(texts(&library, "said:wor"), Vec::<String>::new());
    assert_eq!(texts(&library, "text:wor"), ["world"]);
    assert_eq!(texts(&library, "-is:v"), ["video"]);
    assert_eq!(texts(&library, "lang:f"), ["fr"]);
    assert_eq!(texts(&library, "collection:ST"), ["stills"]);
    assert_eq!(texts(&library, "tag:bl"), ["\"black and white\""]);
    assert_eq!(texts(&library, "tag:\"black an"), ["\"black and white\""]);
    assert_eq!(texts(&library, "said:\"hits the go"), ["gold"]);
    assert_eq!(texts(&library, "said:(bow OR arr"), ["arrow"]);
    assert_eq!(texts(&library, "after:2024"), Vec::<String>::new());
}

#[test]
fn what_is_typed_is_replaced_to_the_byte() {
    let library = archive();
    let searcher = Searcher {
        store: &library.store,
        picture: None,
        passage: None,
    };
    let complete = |text: &str| {
        let first = &searcher.suggest(text, 1).unwrap()[0];
        let (from, to) = first.replaces;
        format!("{}{}{}", &text[..from], first.text, &text[to..])
    };
    assert_eq!(complete("école -tag:stad"), "école -tag:stadium");
    assert_eq!(complete("école “last arr"), "école “last arrow");
    assert_eq!(complete("tag:\"black an"), "tag:\"black and white\"");
    assert_eq!(complete("+overl"), "+overlaps");
    let long = format!("{} arro", "é ".repeat(5000));
    assert!(complete(&long).ends_with("é  arrow"));
}

#[test]
fn frequent_words_come_first_and_a_limit_is_kept() {
    let mut library = Library::new();
    for number in 0..30u8 {
        let mut sound = library.asset(AssetKind::Audio, &format!("/archive/{number}.wav"));
        sound.subtitle((0, 1000), "en", &format!("goal gold{}", number % 10));
        library.add(sound);
    }
    let found = suggest(&library, "go");
    assert_eq!(
        found[0],
        (SuggestionKind::Word, "goal".to_owned(), Some(30))
    );
    assert_eq!(found.len(), 8);
}
