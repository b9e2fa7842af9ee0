//! Hits that are left unread, their snippets, and completions.

use super::*;

fn texts() -> (tempfile::TempDir, TextIndex) {
    speech_index(&[
        ("en", "The archers were shooting at the targets"),
        ("en", "An archer hits the gold with her last arrow"),
        ("fr", "L'archère a gagné"),
        ("en", "Golden days"),
    ])
}

fn search_many(index: &TextIndex, text: &str) -> Vec<WordHit> {
    let query = WordQuery {
        text: text.to_owned(),
        fields: Vec::new(),
    };
    index
        .search_many(&query, &RetrievalScope::default(), 50)
        .unwrap()
}

#[test]
fn what_is_left_unread_is_judged_as_if_it_was_read_and_its_snippet_comes_later() {
    let (_directory, index) = texts();
    for text in [
        "archer",
        "\"the gold\"",
        "gold*",
        "archr~",
        "speech:arrow",
        "archer -golden",
        "archer gold",
        "arrow hits the gold",
        "hits \"the gold\" days",
        "+archer gold* shoting~",
        "gagnait or tag:gold",
    ] {
        let read = search(&index, text);
        let unread = search_many(&index, text);
        assert!(
            !read.is_empty() && unread.iter().all(|hit| hit.snippet.is_none()),
            "{text}"
        );
        let places: Vec<_> = unread
            .iter()
            .map(|hit| (hit.asset, hit.segment, WordField::Speech))
            .collect();
        let snippets = index.snippets(text, &places).unwrap();
        let told: Vec<WordHit> = unread
            .into_iter()
            .zip(snippets)
            .map(|(hit, snippet)| WordHit { snippet, ..hit })
            .collect();
        assert_eq!(told, read, "{text}");
    }
}

#[test]
fn a_text_that_is_gone_has_no_snippet() {
    let (_directory, index) = texts();
    let hit = search_many(&index, "arrow").remove(0);
    let place = (hit.asset, hit.segment, WordField::Speech);
    let elsewhere = (hit.asset, hit.segment, WordField::ScreenText);
    let snippets = index.snippets("arrow", &[place, elsewhere]).unwrap();
    assert!(snippets[0].is_some() && snippets[1].is_none());
    index.remove_asset(hit.asset).unwrap();
    index.flush(2).unwrap();
    assert_eq!(index.snippets("arrow", &[place]).unwrap(), [None]);
}

#[test]
fn words_that_begin_alike_come_with_the_number_of_their_texts() {
    let (_directory, index) = texts();
    let all = |beginning: &str| {
        index
            .words_beginning(beginning, &[WordField::Speech, WordField::Metadata], 10)
            .unwrap()
    };
    let word = |text: &str, count| (text.to_owned(), count);
    assert_eq!(
        all("arch"),
        [word("archer", 1), word("archere", 1), word("archers", 1)]
    );
    assert_eq!(all("gol"), [word("gold", 1), word("golden", 1)]);
    assert_eq!(
        all("the"),
        [word("the", 2)],
        "in how many texts, not how often"
    );
    assert_eq!(all("zz"), []);
    assert_eq!(
        index
            .words_beginning("arch", &[WordField::ScreenText], 10)
            .unwrap(),
        []
    );
    assert_eq!(
        index
            .words_beginning("a", &[WordField::Speech], 1)
            .unwrap()
            .len(),
        1
    );
    let last = last_word("said:L'Archère").unwrap();
    assert_eq!((last.start, last.folded.as_str()), (7, "archere"));
    assert_eq!(last_word("archer "), None);
}
