//! Queries and texts that nobody thought of.

use proptest::prelude::*;

use super::*;

#[test]
fn hostile_queries_end_quickly() {
    let (_directory, index) = speech_index(&[("en", "gold medal"), ("fr", "or"), ("de", "Gold")]);
    let started = std::time::Instant::now();
    for query in [
        "(".repeat(100_000),
        "\"".repeat(100_001),
        "-".repeat(5000),
        "~*:+-\"".repeat(20_000),
        "gold ".repeat(20_000),
        "a*".repeat(50_000),
        "a~2 ".repeat(20_000),
        "speech:".repeat(15_000),
        "\u{301}".repeat(3000),
        "x".repeat(100_000) + "~2",
        "\0\u{1f}\u{202e}".repeat(3000),
        "AND OR NOT".to_owned(),
        "[a TO z] {} /.*/ ^2".to_owned(),
        String::new(),
        " \n\t".to_owned(),
    ] {
        let _ = search(&index, &query);
    }
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
    assert_eq!(found(&index, &"gold ".repeat(20_000)), [1, 3]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_text_is_a_query_and_marks_lie_on_character_borders(query in "\\PC{0,60}|[-+\"~*: a-cé柔道]{0,40}", text in "\\PC{0,400}|([a-cé柔道]{1,9}[ \n;])*") {
        use crate::store::text_index::{analysis::{Reading, StemTable}, matching::{HitText, Plan}, snippet::snippet, stopwords::StopWords, syntax::ParsedQuery};
        let mut stems = vec![StemTable::new("en").unwrap(), StemTable::new("fr").unwrap()];
        let plan = Plan::new(&ParsedQuery::parse(&query), &mut stems, &mut StopWords::new(&["fr".to_owned()]));
        let hit_text = HitText::new(&text, Reading::Text, stems.first_mut());
        let marks: Vec<_> = plan.units.iter().flat_map(|unit| hit_text.find(&unit.pattern)).collect();
        for (from, to) in &marks {
            prop_assert!(text.get(*from..*to).is_some_and(|word| !word.is_empty()));
        }
        let snippet = snippet(&text, &marks);
        let mut before = 0;
        for (from, to) in snippet.marked {
            prop_assert!(before <= from && from < to);
            prop_assert!(snippet.text.get(from..to).is_some());
            before = to;
        }
        prop_assert!(snippet.text.len() <= 260);
    }
}

proptest! {
    // Each case makes an index on disk.
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn what_is_indexed_is_found_by_its_own_words(text in "[A-Za-zé]{2,12}( [A-Za-zöß0-9]{2,12}){0,5}") {
        let (_directory, index) = speech_index(&[("en", &text)]);
        for word in text.split(' ') {
            prop_assert_eq!(found(&index, word), vec![1], "{}", word);
        }
        prop_assert_eq!(found(&index, &format!("\"{text}\"")), vec![1]);
    }
}
