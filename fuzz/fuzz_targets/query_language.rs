//! Any text is read or refused, and what was read prints as a query that reads as the same tree.
//!
//! `cargo +nightly fuzz run query_language`
#![no_main]

// The parser alone, without the rest of the program, which takes minutes to build.
#[path = "../../src/search/language/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the program uses more of it")]
mod language;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| match language::parse(text) {
    Ok(parsed) => {
        let printed = parsed.tree.to_string();
        let again = language::parse(&printed);
        // Printed, a query may be longer than typed, and then be cut or refused.
        if printed.chars().count() <= language::MAX_QUERY_CHARS {
            match again {
                Ok(again) => assert_eq!(again.tree, parsed.tree, "{text} -> {printed}"),
                Err(error) => panic!("{text} -> {printed}: {error}"),
            }
        }
    }
    Err(error) => {
        assert!((1..=text.chars().count() + 1).contains(&error.column));
        let _ = error.marked(text);
    }
});
