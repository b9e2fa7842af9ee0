//! What queries are read as, and that every tree prints as a query that reads as itself.

use proptest::prelude::*;

use super::*;

fn tree(text: &str) -> Tree {
    parse(text)
        .unwrap_or_else(|error| panic!("{error}\n{}", error.marked(text)))
        .tree
}

fn printed(text: &str) -> String {
    tree(text).to_string()
}

fn error(text: &str) -> LanguageError {
    match parse(text) {
        Ok(parsed) => panic!("{text} was read as {}", parsed.tree),
        Err(error) => error,
    }
}

fn is_plain(text: &str) -> bool {
    parse(text).unwrap().is_plain
}

#[test]
fn plain_words_stay_plain_words() {
    for text in [
        "the swimmer then dives during the race",
        "to be or not to be",
        "\"world record\" -rain +gold final* olimpic~ said:gold tag:\"night sky\"",
        "the (red) car",
        "smile :) and wave (again",
        "\"Paris 2024\" - \"boxing\"",
        "ready \"steady\" then go",
        "\"gold\" not \"silver\"",
        "\"crowd\" then went home",
        "gold OR",
        "OR gold",
        "a + b",
        "after: the storm",
        "seen : x",
        "2 * \"x\"",
        "1*\"\"",
        "2*said:\"x y\"",
        "https://example.org/a:b",
        "10:30 news",
        "\"",
        "",
    ] {
        assert!(is_plain(text), "{text}: {}", tree(text));
    }
}

#[test]
fn or_and_parentheses_bind_as_written() {
    assert_eq!(printed("red car OR blue boat"), "red car OR blue boat");
    let both = tree("(paris OR london) bridge");
    let Some(Expression::All { terms, parts }) = &both.expression else {
        panic!("{both:?}");
    };
    assert_eq!((terms.len(), parts.len()), (1, 1));
    assert!(matches!(&parts[0], Expression::Any(list) if list.len() == 2));
    assert_eq!(both.to_string(), "(paris OR london) bridge");
    assert_eq!(printed("a OR (b OR c)"), "a OR b OR c");
    assert_eq!(printed("a (b (c OR d))"), "(c OR d) a b");
    assert_eq!(printed("-(rain storm) gold"), "-(rain storm) gold");
    assert_eq!(printed("+(gold silver)"), "+gold +silver");
    assert!(!is_plain("+(gold silver)"));
}

#[test]
fn channels_hold_words_phrases_and_groups() {
    assert_eq!(
        printed("said:\"ask not\" text:FINAL tag:podium name:x"),
        "said:\"ask not\" text:FINAL tag:podium name:x"
    );
    assert_eq!(
        printed("speech:gold SCREEN:x metadata:y"),
        "said:gold text:x tag:y"
    );
    assert_eq!(printed("said:(gold OR silver)"), "said:(gold OR silver)");
    assert_eq!(printed("seen:archer"), "seen:\"archer\"");
    assert_eq!(printed("-seen:\"a bus\" city"), "-seen:\"a bus\" city");
    assert_eq!(printed("seen:(man OR woman)"), "seen:(man OR woman)");
    assert_eq!(printed("-said:(a OR b) c"), "-said:(a OR b) c");
}

#[test]
fn conditions_are_read_and_checked() {
    assert_eq!(
        printed(
            "gold after:2024-07-26 before:2024-08-12 longer:5s shorter:2m lang:FR collection:boxing has:speech is:BW -file:*.mxf"
        ),
        "gold after:2024-07-26 before:2024-08-12 longer:5s shorter:2m lang:fr collection:\"boxing\" has:speech is:bw -file:\"*.mxf\""
    );
    assert_eq!(tree("lang:fr").expression, None);
    assert!(!is_plain("lang:fr"));
    assert_eq!(
        printed("(gold lang:fr) OR silver"),
        "(gold lang:fr) OR silver"
    );
    // Outside of parentheses a condition holds for all alternatives.
    assert_eq!(printed("cat is:image OR dog"), "cat OR dog is:image");
    assert_eq!(printed("longer:1h2m3.5s"), "longer:1h2m3s500ms");
    assert_eq!(
        tree("longer:1m30s").filters[0].condition,
        Condition::Longer(90_000)
    );
    for wrong in [
        "after:tomorrow",
        "before:2023-02-29",
        "after:2024-13-01",
        "longer:5",
        "longer:5s1m",
        "longer:99999999999999999999s",
        "lang:french",
        "is:blue",
        "has:music",
        "-after:2024-01-01",
        "lang:(fr OR de)",
        "is:image OR is:video",
        "gold OR is:video",
        "said:(gold lang:fr)",
    ] {
        error(wrong);
    }
    assert_eq!(tree("before:2024-02-29").filters.len(), 1);
}

#[test]
fn operators_of_time_need_operands_on_both_sides() {
    let then = tree("\"crowd cheering\" then \"podium\" within 8s");
    let Some(Expression::Timed(Timed::Then {
        steps,
        within_millis,
    })) = then.expression
    else {
        panic!("{then:?}");
    };
    assert_eq!((steps.len(), within_millis), (2, Some(8000)));
    assert_eq!(
        printed("said:a then (b OR c) then seen:x within 20s"),
        "said:a then (b OR c) then seen:\"x\" within 20s"
    );
    assert_eq!(printed("\"a\" during \"b\""), "\"a\" during \"b\"");
    assert_eq!(
        printed("\"a\" overlaps \"b\" boxing"),
        "(\"a\" overlaps \"b\") boxing"
    );
    assert_eq!(
        printed("\"a\" not \"b\" within 10s"),
        "\"a\" not \"b\" within 10s"
    );
    assert_eq!(
        printed("(\"a\" then \"b\") during seen:x"),
        "(\"a\" then \"b\") during seen:\"x\""
    );
    assert_eq!(
        printed("seen:a + seen:b then \"c\""),
        "(seen:\"a\" + seen:\"b\") then \"c\""
    );
    // An apostrophe makes a word of an operator.
    assert_eq!(printed("\"a\" 'then \"b\""), "\"a\" 'then \"b\"");
    assert!(is_plain("\"a\" 'then \"b\""));
    for wrong in [
        "\"a\" then \"b\" within 8",
        "\"a\" then \"b\" within 8 s",
        "\"a\" during \"b\" within 8s",
        "\"a\" then \"b\" during \"c\"",
        "\"a\" then \"b\" within 8s then \"c\"",
        "\"a\" then ()",
        "\"a\" then (-b)",
    ] {
        error(wrong);
    }
    assert!(is_plain("\"a\" then \"b") && is_plain("-\"a\" then \"b\""));
    assert_eq!(
        printed("\"a\" then \"b\" within the hour"),
        "(\"a\" then \"b\") 'within the hour"
    );
}

#[test]
fn likenesses_are_summed_with_weights() {
    let sum = tree("2*\"boxing ring\" + like:pic.jpg - \"referee\"");
    let Some(Expression::Likeness(list)) = &sum.expression else {
        panic!("{sum:?}");
    };
    let weights: Vec<f32> = list.iter().map(|likeness| likeness.weight).collect();
    assert_eq!(weights, [2.0, 1.0, -1.0]);
    assert_eq!(list[1].example, Example::File("pic.jpg".to_owned()));
    assert_eq!(
        sum.to_string(),
        "2*seen:\"boxing ring\" + like:\"pic.jpg\" - seen:\"referee\""
    );
    assert_eq!(
        printed("like:0123ABCD@1:12.5"),
        "like:0123abcd@00:01:12.500"
    );
    assert_eq!(
        printed("like:\"my holiday/a b.jpg\""),
        "like:\"my holiday/a b.jpg\""
    );
    assert_eq!(printed("like:./dead.beef x"), "like:\"./dead.beef\" x");
    for wrong in [
        "like:abc",
        "like:0123abcd@x",
        "like:0123abcd@1:99",
        "like:(a b)",
        "2*seen:(a b)",
        "0*\"x\"",
        "101*\"x\"",
        "like:pic.jpg - gold",
        "like:pic.jpg +",
        "seen:\"\"",
        "said:(like:pic.jpg)",
    ] {
        error(wrong);
    }
    assert!(is_plain("\"a\" + \"b\""));
}

#[test]
fn an_error_names_column_finding_expectation_and_a_way_out() {
    let text = "gold é after:tomorrow";
    let wrong = error(text);
    assert_eq!((wrong.column, wrong.width), (8, 14));
    assert_eq!(wrong.found, "`tomorrow`");
    assert_eq!(wrong.expected, "a day as YYYY-MM-DD");
    assert!(wrong.hint.contains("after:2024-07-26"));
    assert_eq!(
        wrong.marked(text),
        "  gold é after:tomorrow\n         ^^^^^^^^^^^^^^"
    );
    let wrong = error("\"a\" then \"b\" within 8");
    assert_eq!((wrong.column, wrong.width), (21, 1));
    assert_eq!(error("said:(gold").column, 1);
    assert_eq!(
        error("(gold OR silver").found,
        "a parenthesis that is never closed"
    );
    assert_eq!(error("like:pic.jpg +").column, 15);
    let long = format!("{} after:x", "word ".repeat(100));
    assert_eq!(
        error(&long).marked(&long).lines().nth(1).map(str::len),
        Some(2 + 60 + 7)
    );
}

#[test]
fn queries_have_bounds() {
    let long = "gold ".repeat(500);
    assert!(is_plain(&long));
    assert_eq!(
        error(&format!("is:video {long}")).column,
        MAX_QUERY_CHARS + 1
    );
    assert!(
        error(&format!("is:video {}", "a ".repeat(64)))
            .found
            .starts_with("65 ")
    );
    let nested = |depth: usize| format!("{}a OR b{}", "(".repeat(depth), ")".repeat(depth));
    tree(&nested(MAX_NESTING));
    assert_eq!(error(&nested(MAX_NESTING + 1)).column, MAX_NESTING + 1);
    let started = std::time::Instant::now();
    let _ = parse(&"\"a\" not (".repeat(200));
    let _ = parse(&format!(
        "{}x{}",
        "\"a\" not (".repeat(16),
        ") within 1s".repeat(16)
    ));
    assert!(started.elapsed().as_millis() < 500);
}

/// Pieces of the language, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "gold",
        "'then",
        "then",
        "during",
        "overlaps",
        "not",
        "within",
        "8s",
        "8",
        "OR",
        "(",
        ")",
        "-",
        "+",
        "-(",
        "+(",
        "said:(",
        "seen:(",
        "-said:(",
        "said:x",
        "-rain",
        "+must",
        "\"a b\"",
        "\"",
        "said:\"x y\"",
        "seen:\"x\"",
        "seen:x",
        "-seen:x",
        "like:0123abcd@1:02.5",
        "like:a.jpg",
        "2*\"p q\"",
        "0.5*seen:x",
        "3*like:0123abcd",
        "after:2024-01-02",
        "longer:1m30s",
        "lang:fr",
        "-lang:de",
        "is:bw",
        "has:speech",
        "collection:\"x y\"",
        "file:*.mxf",
        "fin*",
        "olimpic~",
        "typo~2",
        "f(x)",
        "a)b",
        "foo:bar",
        "text:",
        "«q»",
        "\"after:2024-01-02",
        "\"-gold",
        "'said:x",
        "-\"+gold",
        "within 8s",
        "then \"b\"",
        "\"a\" then",
        "(x)",
        "2*",
        "é)",
        "((",
        "))",
    ]);
    prop::collection::vec((piece, any::<bool>()), 0..14).prop_map(|pieces| {
        pieces
            .into_iter()
            .map(|(piece, is_apart)| format!("{piece}{}", if is_apart { " " } else { "" }))
            .collect()
    })
}

fn reads_as_itself(text: &str) -> Result<(), TestCaseError> {
    match parse(text) {
        Ok(parsed) => {
            let printed = parsed.tree.to_string();
            match parse(&printed) {
                Ok(again) => prop_assert_eq!(&again.tree, &parsed.tree, "{} -> {}", text, printed),
                // Printed, a query may be longer than typed.
                Err(error) => prop_assert!(
                    error.column > MAX_QUERY_CHARS || printed.chars().count() > MAX_QUERY_CHARS,
                    "{} -> {}: {}",
                    text,
                    printed,
                    error
                ),
            }
        }
        Err(error) => {
            prop_assert!((1..=text.chars().count() + 1).contains(&error.column));
            prop_assert!(error.width >= 1 && !error.hint.is_empty() && !error.hint.ends_with('.'));
            prop_assert_eq!(error.marked(text).lines().count(), 2);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}|.{0,80}") {
        reads_as_itself(&text)?;
    }

    #[test]
    fn any_operators_are_read_or_refused(text in "[-+*~:'\"()@.0-9a-cOR ]{0,60}") {
        reads_as_itself(&text)?;
    }

    #[test]
    fn a_tree_prints_as_a_query_that_reads_as_the_same_tree(text in pieces()) {
        reads_as_itself(&text)?;
    }
}
