//! Searching: what is found and why, filters, states without results, keys and languages.

use serde_json::json;

use crate::browser::{Window, on_empty_library, on_library};

#[test]
fn words_find_a_moment_and_say_where_and_why() {
    on_library(Window::Wide, async |page| {
        page.open("/").await;
        page.search("captain waves").await;
        assert_eq!(page.names().await[0], "harbour.mp4");
        assert_eq!(page.text(".card-time").await, "10:00:08:00");
        let marked = page
            .script("return [...document.querySelector('.card').querySelectorAll('mark')].map((one) => one.textContent)")
            .await;
        assert_eq!(marked, json!(["captain", "waves"]));
        assert_eq!(page.text(".card .strength").await, "strong");
    });
}

#[test]
fn a_link_to_a_search_paints_its_results_after_one_request() {
    on_library(Window::Wide, async |page| {
        page.open("/?q=ferry&collection=broadcasts").await;
        page.until("performance.getEntriesByName('first-result').length")
            .await;
        assert_eq!(page.names().await, ["broadcast.mpg"]);
        let asked = page
            .script("return performance.getEntriesByType('resource').map((one) => new URL(one.name).pathname).filter((path) => !/^\\/(page|thumbnails)\\//.test(path))")
            .await;
        assert_eq!(asked, json!(["/search"]));
        let painted = page
            .script("return performance.getEntriesByName('first-result')[0].startTime")
            .await;
        eprintln!("first result painted after {painted:.0} ms");
    });
}

#[test]
fn a_facet_narrows_and_back_widens_again() {
    on_library(Window::Wide, async |page| {
        page.open("/").await;
        page.search("ferry").await;
        let mut both = page.names().await;
        both.sort();
        assert_eq!(both, ["broadcast.mpg", "harbour.mp4"]);
        assert_eq!(page.text("[data-value=broadcasts] .facet-count").await, "1");
        page.click("[data-value=broadcasts]").await;
        page.until("document.querySelectorAll('.found .card').length === 1")
            .await;
        assert_eq!(page.names().await, ["broadcast.mpg"]);
        assert_eq!(
            page.script("return location.search").await,
            json!("?q=ferry&collection=broadcasts")
        );
        page.script("history.back()").await;
        page.until("document.querySelectorAll('.found .card').length === 2")
            .await;
        page.find("[data-value=broadcasts][aria-pressed=false]")
            .await;
    });
}

#[test]
fn nothing_that_matches_well_is_said_and_the_nearest_are_offered() {
    on_library(Window::Wide, async |page| {
        page.open("/").await;
        page.search("zzqxvw").await;
        assert_eq!(page.text(".state-none h1").await, "Nothing matches well");
        page.click("#nearest").await;
        page.until("location.search.includes('weak=true')").await;
        page.until("!document.querySelector('#nearest')").await;
    });
}

#[test]
fn a_query_that_can_not_be_read_is_told_with_a_hint() {
    on_library(Window::Wide, async |page| {
        page.open("/").await;
        page.search("ferry after:yesterday").await;
        assert!(
            page.text(".state-error .state-detail")
                .await
                .contains("yesterday")
        );
        assert!(page.text(".state-hint").await.starts_with("Hint:"));
        page.search("ferry").await;
        assert_eq!(page.names().await.len(), 2);
    });
}

#[test]
fn an_empty_library_says_what_to_type() {
    on_empty_library(Window::Wide, async |page| {
        page.open("/").await;
        assert!(
            page.text(".state-empty .command")
                .await
                .contains("reeldex index")
        );
        page.screenshot("empty-library").await;
    });
}

#[test]
fn a_word_is_completed_while_it_is_typed() {
    on_library(Window::Wide, async |page| {
        page.open("/").await;
        page.find("#q").await.send_keys("lightho").await.unwrap();
        page.find("#completions [role=option]").await;
        // Arrow down, then Enter.
        page.press("\u{e015}\u{e007}").await;
        page.until("document.querySelector('#q').value.includes('lighthouse')")
            .await;
    });
}

#[test]
fn a_channel_button_looks_in_one_channel() {
    on_library(Window::Wide, async |page| {
        page.open("/").await;
        page.search("gulls circle").await;
        page.click("[data-channel=said]").await;
        page.until("new URLSearchParams(location.search).get('q') === 'said:\"gulls circle\"'")
            .await;
        page.until("document.querySelectorAll('.found .card').length === 1")
            .await;
        page.click("[data-channel=text]").await;
        page.find(".state-none").await;
        page.find("[data-channel=text][aria-pressed=true]").await;
    });
}

#[test]
fn all_of_it_goes_by_keyboard() {
    on_library(Window::Wide, async |page| {
        page.open("/").await;
        page.find(".start").await;
        page.press("/").await;
        page.until("document.activeElement.id === 'q'").await;
        page.press("ferry\u{e007}").await;
        page.until("document.querySelectorAll('.found .card').length === 2")
            .await;
        let focused =
            "[...document.querySelectorAll('.card-link')].indexOf(document.activeElement)";
        page.press("\u{e015}").await;
        page.until(&format!("{focused} === 0")).await;
        page.press("\u{e014}").await;
        page.until(&format!("{focused} === 1")).await;
        page.press("b").await;
        page.until("document.querySelector('#basket-count').textContent === '1'")
            .await;
        page.press("\u{e012}\u{e007}").await;
        page.find(".moment .tabs").await;
        page.press("?").await;
        page.find("dialog[open]").await;
        page.press("\u{e00c}").await;
        page.until("!document.querySelector('dialog')").await;
        page.press("\u{e00c}").await;
        page.until("document.querySelectorAll('.found .card').length === 2")
            .await;
        page.until(&format!("{focused} === 0")).await;
    });
}

#[test]
fn the_language_is_switched_and_remembered() {
    on_library(Window::Wide, async |page| {
        page.open("/?q=ferry").await;
        assert_eq!(page.text(".facet-group h2").await, "Kind");
        page.click("#language").await;
        page.until("document.documentElement.lang === 'fr'").await;
        page.until("document.querySelector('.facet-group h2').textContent === 'Type'")
            .await;
        page.open("/").await;
        assert_eq!(page.text(".start h1").await, "Trouvez le moment");
        let missing = "return fetch('/page/words.json').then((one) => one.json()).then(({ en, fr }) => [...Object.keys(en).filter((key) => !fr[key]), ...Object.keys(fr).filter((key) => !en[key])])";
        assert_eq!(page.script(missing).await, json!([]));
    });
}

#[test]
fn a_picture_that_is_dropped_or_chosen_is_sent_along_and_can_be_taken_out_again() {
    on_library(Window::Wide, async |page| {
        page.open("/").await;
        page.script(
            "window.sent = []; const ask = window.fetch; window.fetch = (address, options = {}) => { \
             if (options.body instanceof FormData) window.sent.push([options.method, options.body.get('q'), options.body.get('picture').name]); \
             return ask(address, options); }",
        )
        .await;
        page.search("ferry").await;
        let carried = |name: &str, kind: &str| {
            format!(
                "const carried = new DataTransfer(); \
                 carried.items.add(new File([new Uint8Array([137, 80, 78, 71])], '{name}', {{ type: '{kind}' }}));"
            )
        };
        let drop = "document.querySelector('#q').dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: carried }))";
        page.script(&format!("{}{drop}", carried("notes.txt", "text/plain")))
            .await;
        page.until("document.body.textContent.includes('That file is no picture')")
            .await;
        page.script(&format!("{}{drop}", carried("dropped.png", "image/png")))
            .await;
        page.until("window.sent.length === 1").await;
        page.until("document.querySelector('#pictured')?.textContent.includes('dropped.png')")
            .await;
        // What is no picture inside, or no model for pictures, is told as any problem is.
        page.until("document.querySelector('.state-detail')").await;
        let choose = "const chooser = document.querySelector('#picture'); chooser.files = carried.files; chooser.dispatchEvent(new Event('change'))";
        page.script(&format!("{}{choose}", carried("chosen.png", "image/png")))
            .await;
        page.until("window.sent.length === 2").await;
        assert_eq!(
            page.script("return window.sent").await,
            json!([
                ["POST", "ferry like:./upload", "dropped.png"],
                ["POST", "ferry like:./upload", "chosen.png"]
            ])
        );
        page.click("#pictured").await;
        page.until("document.querySelectorAll('.found .card').length === 2")
            .await;
        assert_eq!(
            page.script("return location.search").await,
            json!("?q=ferry")
        );
        page.until("!document.querySelector('#pictured')").await;
    });
}

#[test]
fn the_keyboard_keeps_its_place_when_results_are_built_anew() {
    on_library(Window::Wide, async |page| {
        page.open("/").await;
        page.search("ferry").await;
        page.script("document.querySelector('[data-value=rushes]').focus()")
            .await;
        page.press("\u{e007}").await;
        page.until("document.querySelector('[data-value=rushes][aria-pressed=true]') && document.activeElement.dataset.value === 'rushes'")
            .await;
        // A second value of the same group widens again.
        page.script("document.querySelector('[data-value=broadcasts]').focus()")
            .await;
        page.press("\u{e007}").await;
        page.until("document.querySelectorAll('[data-facet=collection][aria-pressed=true]').length === 2 && document.activeElement.dataset.value === 'broadcasts'")
            .await;
        page.until(
            "new URLSearchParams(location.search).get('collection') === 'rushes,broadcasts'",
        )
        .await;
        assert_eq!(page.names().await.len(), 2);
        page.search("zzqxvw").await;
        page.script("document.querySelector('#nearest').focus()")
            .await;
        page.press("\u{e007}").await;
        page.until("location.search.includes('weak') && document.querySelector('.results[aria-busy=false]') && document.activeElement !== document.body")
            .await;
    });
}
