//! The full-text index as the rest of the program uses it.

use super::*;

mod any_text;
mod lifecycle;
mod many;

fn document(asset: i64, field: WordField, language: Option<&str>, text: &str) -> TextDocument {
    TextDocument {
        asset: AssetKey(asset),
        segment: SegmentId(u128::MAX - asset as u128 * 8 - field as u128),
        channel: Channel::Subtitle,
        span: TimeSpan::new(1000, 2500),
        kind: if asset % 2 == 0 {
            AssetKind::Audio
        } else {
            AssetKind::Video
        },
        collections: vec![if asset < 3 { "paris" } else { "rio" }.to_owned()],
        language: language.map(str::to_owned),
        field,
        text: text.to_owned(),
    }
}

fn fill(index: &TextIndex, documents: &[TextDocument]) {
    let mut assets: Vec<AssetKey> = documents.iter().map(|document| document.asset).collect();
    assets.dedup();
    for asset in assets {
        let of_asset: Vec<_> = documents
            .iter()
            .filter(|document| document.asset == asset)
            .cloned()
            .collect();
        index.replace_asset(asset, &of_asset).unwrap();
    }
    index.flush(1).unwrap();
}

/// An index of spoken texts, numbered from 1.
fn speech_index(texts: &[(&str, &str)]) -> (tempfile::TempDir, TextIndex) {
    let directory = tempfile::tempdir().unwrap();
    let index = TextIndex::open(directory.path(), Access::Write).unwrap();
    let documents: Vec<_> = texts
        .iter()
        .zip(1..)
        .map(|((language, text), asset)| document(asset, WordField::Speech, Some(language), text))
        .collect();
    fill(&index, &documents);
    (directory, index)
}

fn search(index: &TextIndex, text: &str) -> Vec<WordHit> {
    let query = WordQuery {
        text: text.to_owned(),
        fields: Vec::new(),
    };
    index
        .search(&query, &RetrievalScope::default(), 50)
        .unwrap()
}

fn found(index: &TextIndex, text: &str) -> Vec<i64> {
    let mut assets: Vec<i64> = search(index, text).iter().map(|hit| hit.asset.0).collect();
    assets.sort_unstable();
    assets
}

fn marked(hit: &WordHit) -> Vec<&str> {
    let snippet = hit.snippet.as_ref().unwrap();
    snippet
        .marked
        .iter()
        .map(|&(from, to)| &snippet.text[from..to])
        .collect()
}

#[test]
fn a_word_finds_its_inflections_in_the_language_of_the_text() {
    let (_directory, index) = speech_index(&[
        ("en", "The archers were shooting at the targets"),
        ("fr", "Les nageuses françaises ont gagné deux médailles"),
        ("deu", "Die Häuser der Läuferinnen"),
        ("es", "Los corredores celebraban las victorias"),
        ("ru", "спортсмены побеждали на соревнованиях"),
        ("sv", "flickorna hoppade högt"),
        ("it", "le atlete correvano sulle piste"),
        ("nl", "de zwemmers wonnen medailles"),
        ("pt", "os nadadores venceram as corridas"),
    ]);
    for (query, asset) in [
        ("archer", 1),
        ("shoot", 1),
        ("target", 1),
        ("nageuse", 2),
        ("francaise", 2),
        ("MÉDAILLE", 2),
        ("haus", 3),
        ("Läuferin", 3),
        ("corredor", 4),
        ("victoria", 4),
        ("спортсмен", 5),
        ("соревнование", 5),
        ("flicka", 6),
        ("atleta", 7),
        ("pista", 7),
        ("zwemmer", 8),
        ("nadador", 9),
        ("corrida", 9),
    ] {
        assert!(
            found(&index, query).contains(&asset),
            "{query}: {:?}",
            found(&index, query)
        );
    }
    assert_eq!(found(&index, "hous"), [] as [i64; 0]);
}

#[test]
fn stems_of_one_language_do_not_match_texts_of_another() {
    let (_directory, index) = speech_index(&[("en", "a cheval glass"), ("fr", "un cheval blanc")]);
    assert_eq!(found(&index, "chevaux"), [2]);
    assert_eq!(found(&index, "cheval"), [1, 2]);
}

#[test]
fn phrases_prefixes_typing_errors_and_exclusions_do_what_they_say() {
    let (_directory, index) = speech_index(&[
        ("en", "ask not what your country can do for you"),
        ("en", "what can your country ask"),
        ("en", "countryside archery"),
        ("en", "a counter offer"),
    ]);
    assert_eq!(found(&index, "\"your country can\""), [1]);
    assert_eq!(found(&index, "“your country can”"), [1]);
    assert_eq!(found(&index, "countr*"), [1, 2, 3]);
    assert_eq!(found(&index, "country"), [1, 2]);
    assert_eq!(found(&index, "arhcery~"), [3]);
    assert_eq!(found(&index, "archerie~"), [3]);
    assert_eq!(found(&index, "arhcery"), [] as [i64; 0]);
    assert_eq!(found(&index, "country -ask"), [] as [i64; 0]);
    assert_eq!(found(&index, "countr* -\"country ask\""), [1, 3]);
    assert_eq!(found(&index, "+archery country"), [3]);
    assert_eq!(found(&index, "-country"), [] as [i64; 0]);
}

#[test]
fn a_question_is_answered_by_its_telling_words_alone() {
    let (_directory, index) = speech_index(&[
        ("en", "where is the man and what does he do about it"),
        ("en", "we choose to go to the moon"),
        ("en", "to be or not to be"),
    ]);
    assert_eq!(
        found(&index, "where does the man talk about the moon?"),
        [1, 2]
    );
    assert_eq!(found(&index, "show me the scene about the moon"), [2]);
    assert_eq!(found(&index, "to be or not to be"), [3]);
    let hits = search(&index, "choose the moon");
    assert_eq!(hits[0].matched_share, 1.0);
}

#[test]
fn all_words_come_before_some_words() {
    let mut texts = vec![(
        "en",
        "the final of the long and windy afternoon with boxing on the other channel",
    )];
    texts.extend([
        ("en", "boxing boxing boxing"),
        ("en", "final final final"),
        ("en", "boxing"),
    ]);
    let (_directory, index) = speech_index(&texts);
    let hits = search(&index, "boxing final");
    assert_eq!(hits[0].asset, AssetKey(1));
    assert_eq!(hits[0].matched_share, 1.0);
    assert!(hits[1..].iter().all(|hit| hit.matched_share == 0.5));
    assert!(!hits[0].is_phrase);
}

#[test]
fn numbers_and_timecodes_are_found_as_a_whole_and_by_parts() {
    let (_directory, index) = speech_index(&[
        ("en", "take 4 at 00:00:02;29 camera B"),
        ("en", "00:00:29;02"),
        ("en", "score 3-1 on 2024-07-26"),
    ]);
    assert_eq!(found(&index, "00:00:02;29"), [1]);
    assert_eq!(found(&index, "00:00:02:29"), [1]);
    assert_eq!(found(&index, "02;29"), [1]);
    assert_eq!(found(&index, "29"), [1, 2]);
    assert_eq!(found(&index, "2024-07-26"), [3]);
    assert_eq!(found(&index, "3-1"), [3]);
    let hits = search(&index, "00:00:02;29");
    assert_eq!(marked(&hits[0]), ["00", "00", "02", "29"]);
}

#[test]
fn scripts_without_spaces_are_found_by_parts_of_a_sentence() {
    let (_directory, index) = speech_index(&[
        ("ja", "柔道の決勝戦が始まります"),
        ("zh", "中国队获得金牌"),
        ("ko", "양궁 결승전에서"),
    ]);
    assert_eq!(found(&index, "決勝戦"), [1]);
    assert_eq!(found(&index, "金牌"), [2]);
    assert_eq!(found(&index, "金"), [2]);
    assert_eq!(found(&index, "결승전"), [3]);
    assert_eq!(found(&index, "\"金牌获得\""), [] as [i64; 0]);
    assert_eq!(marked(&search(&index, "決勝戦")[0]), ["決勝戦"]);
}

#[test]
fn file_names_are_found_by_their_words() {
    let directory = tempfile::tempdir().unwrap();
    let index = TextIndex::open(directory.path(), Access::Write).unwrap();
    fill(
        &index,
        &[document(
            1,
            WordField::Metadata,
            None,
            "20240726_OpeningCeremony_cafe\u{301}_IMG2034.MP4",
        )],
    );
    for query in [
        "ceremony",
        "opening ceremonies",
        "OpeningCeremony",
        "openingceremony",
        "IMG2034",
        "2034",
        "café",
        "img mp4",
    ] {
        assert_eq!(found(&index, query), [1], "{query}");
    }
    assert_eq!(marked(&search(&index, "ceremonies")[0]), ["Ceremony"]);
}

#[test]
fn a_field_name_limits_a_word_to_its_field() {
    let directory = tempfile::tempdir().unwrap();
    let index = TextIndex::open(directory.path(), Access::Write).unwrap();
    fill(
        &index,
        &[
            document(1, WordField::Speech, Some("en"), "gold"),
            document(2, WordField::ScreenText, Some("en"), "gold"),
            document(3, WordField::Metadata, Some("en"), "gold"),
        ],
    );
    assert_eq!(found(&index, "gold"), [1, 2, 3]);
    assert_eq!(found(&index, "speech:gold"), [1]);
    assert_eq!(found(&index, "text:gold"), [2]);
    assert_eq!(found(&index, "TAG:\"gold\""), [3]);
    assert_eq!(found(&index, "gold -tag:gold"), [1, 2]);
    assert_eq!(found(&index, "unknown:gold"), [1, 2, 3]);
    let query = WordQuery {
        text: "speech:gold".to_owned(),
        fields: vec![WordField::ScreenText],
    };
    assert!(
        index
            .search(&query, &RetrievalScope::default(), 9)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_scope_leaves_out_what_is_not_in_it() {
    let (_directory, index) = speech_index(&[
        ("en", "gold"),
        ("en", "gold"),
        ("en", "gold"),
        ("en", "gold"),
    ]);
    let assets = |scope: RetrievalScope| -> Vec<i64> {
        let query = WordQuery {
            text: "gold".to_owned(),
            fields: Vec::new(),
        };
        index
            .search(&query, &scope, 9)
            .unwrap()
            .iter()
            .map(|hit| hit.asset.0)
            .collect()
    };
    let scope = RetrievalScope {
        kinds: vec![AssetKind::Audio],
        ..Default::default()
    };
    assert_eq!(assets(scope), [2, 4]);
    let scope = RetrievalScope {
        collections: vec!["rio".to_owned()],
        ..Default::default()
    };
    assert_eq!(assets(scope), [3, 4]);
    let scope = RetrievalScope {
        assets: Some(vec![AssetKey(1), AssetKey(4)]),
        collections: vec!["rio".to_owned()],
        ..Default::default()
    };
    assert_eq!(assets(scope), [4]);
    assert_eq!(
        assets(RetrievalScope {
            assets: Some(Vec::new()),
            ..Default::default()
        }),
        [] as [i64; 0]
    );
}

#[test]
fn a_snippet_shows_and_marks_the_inflected_word() {
    let long = format!(
        "{} Les nageuses françaises\nont gagné. {}",
        "préface élégante ".repeat(40),
        "suite ".repeat(60)
    );
    let (_directory, index) = speech_index(&[("fr", &long)]);
    let hits = search(&index, "nageuse francaise");
    assert_eq!(marked(&hits[0]), ["nageuses", "françaises"]);
    let text = &hits[0].snippet.as_ref().unwrap().text;
    assert!(
        text.starts_with('…') && text.ends_with('…') && text.len() < 220 && !text.contains('\n'),
        "{text}"
    );
}
