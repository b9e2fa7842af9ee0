//! The reel editor: a reel of the basket and one out of a wish, cut, undone, handed over, rendered and played.

use serde_json::{Value, json};

use crate::{
    browser::{Browser, Window, on_library},
    world::HOSTILE_NAME,
};

const ALT_RIGHT: &str = "\u{e00a}\u{e014}\u{e000}";
const UNDO: &str = "\u{e009}z\u{e000}";
const REDO: &str = "\u{e009}\u{e008}z\u{e000}";
const RIGHT: &str = "\u{e014}";
const DELETE: &str = "\u{e017}";
const ESCAPE: &str = "\u{e00c}";
const SHOWN: &str = "document.querySelector('.reel-editor[aria-busy=false], .reel-editor:not([aria-busy])') && document.querySelector('.strip-button')";

/// Keeps the first moment of a search.
async fn keep(page: &Browser, query: &str) {
    page.search(query).await;
    page.script("document.querySelector('.card-keep').click()")
        .await;
}

/// A reel of the moments of three lines, open.
async fn open_reel(page: &Browser) {
    page.open("/").await;
    for query in ["gulls circle", "ferry leaves", "captain waves"] {
        keep(page, query).await;
    }
    page.open("/?view=basket").await;
    page.find("#basket-title")
        .await
        .send_keys("Harbour days")
        .await
        .unwrap();
    page.click("#of-basket [type=submit]").await;
    page.until(SHOWN).await;
}

async fn picks(page: &Browser) -> Vec<String> {
    let names = page
        .script(
            "return [...document.querySelectorAll('.strip-pick')].map((one) => one.dataset.pick)",
        )
        .await;
    serde_json::from_value(names).unwrap()
}

/// Waits until the picks stand in this order.
async fn until_picks(page: &Browser, order: &[&str]) {
    let order = json!(order.join(" "));
    page.until(&format!("[...document.querySelectorAll('.strip-pick')].map((one) => one.dataset.pick).join(' ') === {order} && {SHOWN}")).await;
}

async fn said(page: &Browser, part: &str) {
    let part = json!(part);
    page.until(&format!(
        "document.querySelector('#status').textContent.includes({part})"
    ))
    .await;
}

async fn focused(page: &Browser) -> Value {
    page.script("return document.activeElement.closest('.strip-pick')?.dataset.pick ?? document.activeElement.id")
        .await
}

#[test]
fn a_reel_of_two_searches_is_trimmed_reordered_undone_exported_rendered_and_played() {
    on_library(Window::Wide, async |page| {
        page.open("/").await;
        keep(page, "gulls circle").await;
        keep(page, "lighthouse answers").await;
        page.open("/?view=basket").await;
        page.click("#of-basket [type=submit]").await;
        page.until(SHOWN).await;
        assert_eq!(picks(page).await, ["1", "2"]);
        // Trimmed by its handle, ten frames at a time.
        let before = page.text("#trim-in-code").await;
        page.script("document.querySelector('#trim-in').focus()")
            .await;
        page.press("\u{e008}\u{e014}\u{e000}").await;
        said(page, "now lasts").await;
        assert_ne!(page.text("#trim-in-code").await, before);
        let trimmed = page.text("#reel-facts").await;
        // Dragged to the other end.
        page.script(
            "const [from, to] = [...document.querySelectorAll('.strip-button')].map((one) => one.getBoundingClientRect());
            const at = (type, x) => document.querySelector('.strip-button').dispatchEvent(new PointerEvent(type, { bubbles: true, cancelable: true, button: 0, isPrimary: true, pointerType: 'mouse', clientX: x, clientY: from.y + 20 }));
            at('pointerdown', from.x + 20); at('pointermove', from.x + 40); at('pointermove', to.right - 4); at('pointerup', to.right - 4);",
        )
        .await;
        until_picks(page, &["2", "1"]).await;
        page.click("#undo").await;
        until_picks(page, &["1", "2"]).await;
        page.click("#undo").await;
        said(page, "Undone").await;
        page.until(&format!(
            "document.querySelector('#trim-in-code').textContent === {}",
            json!(before)
        ))
        .await;
        page.click("#redo").await;
        page.until(&format!(
            "document.querySelector('#reel-facts').textContent === {}",
            json!(trimmed)
        ))
        .await;

        // What the menu saves is a timeline with both picks.
        page.click("#export summary").await;
        page.find("[data-format=otio]").await;
        let clips = page
            .script("return fetch(document.querySelector('[data-format=otio]').href).then((one) => one.json()).then((one) => JSON.stringify(one).split('\"Clip.').length - 1)")
            .await;
        assert!(clips.as_u64().unwrap() >= 2, "{clips}");
        page.click("[data-format=otio]").await;
        said(page, ".otio was saved").await;

        page.click("#render").await;
        page.find("#render-dialog #render-start").await;
        page.click("#render-start").await;
        page.until(
            "document.querySelector('.render[data-state=done], .render[data-state=failed]')",
        )
        .await;
        assert_eq!(page.text(".render .job-message").await, "");
        page.click(".render [data-verb=watch]").await;
        page.until("document.querySelector('.render-video').currentTime > 0.3")
            .await;
        let lasts = page
            .script("return document.querySelector('.render-video').duration")
            .await;
        let wanted = page
            .script("return Number(document.querySelector('#seek').max) / 25")
            .await;
        assert!(
            (lasts.as_f64().unwrap() - wanted.as_f64().unwrap()).abs() < 0.2,
            "{lasts} {wanted}"
        );
    });
}

#[test]
fn the_whole_reel_plays_over_its_cuts_without_being_rendered() {
    on_library(Window::Wide, async |page| {
        open_reel(page).await;
        page.until("document.querySelector('.reel-slot.on-show video').readyState >= 2")
            .await;
        page.click("#play").await;
        // Two cuts later it is in the third pick, and no cut kept anybody waiting.
        page.until("performance.getEntriesByName('reel-cut').length === 2")
            .await;
        page.until("document.querySelector('.strip-pick.plays')?.dataset.pick === '3'")
            .await;
        let gaps = page
            .script("return performance.getEntriesByName('reel-cut').map((one) => one.duration)")
            .await;
        for gap in gaps.as_array().unwrap() {
            assert!(gap.as_f64().unwrap() < 500.0, "{gaps}");
        }
        page.press(" ").await;
        page.until(
            "document.querySelector('#play').getAttribute('aria-label') === 'Play the reel'",
        )
        .await;
    });
}

#[test]
fn a_wish_is_compiled_on_the_page() {
    on_library(Window::Wide, async |page| {
        page.open("/?q=ferry").await;
        page.find(".card").await;
        page.click("#tools [data-view=reels]").await;
        // The search that was on show is what is wished for.
        page.until("document.querySelector('#wish-query')?.value === 'ferry'")
            .await;
        page.click("#wish [type=submit]").await;
        page.until(SHOWN).await;
        assert_eq!(page.text("#reel-title").await, "ferry");
        assert!(!page.text("#pick-reason").await.is_empty());
        page.until("document.querySelector('#curve').getAttribute('aria-label').includes('%')")
            .await;
        page.open("/?view=reels").await;
        assert!(page.text(".reel-row").await.contains("ferry"));
        page.find("#wish-query")
            .await
            .send_keys("zzqxvw\u{e007}")
            .await
            .unwrap();
        page.until("!document.querySelector('#wish .form-problem').hidden")
            .await;
        assert_eq!(
            page.text("#wish .form-problem").await,
            "Nothing fits this wish"
        );
        page.click("#language").await;
        page.find("#wish-query")
            .await
            .send_keys("zzqxvw\u{e007}")
            .await
            .unwrap();
        page.until("document.querySelector('#wish .form-problem').textContent === 'Rien ne correspond à ce souhait'").await;
        page.click(".reel-remove").await;
        page.click("#confirm").await;
        page.until("!document.querySelector('.reel-row')").await;
    });
}

#[test]
fn a_wish_has_parts_with_quotas_and_rules() {
    on_library(Window::Wide, async |page| {
        page.open("/?view=reels").await;
        page.find("#wish-query")
            .await
            .send_keys("gulls")
            .await
            .unwrap();
        page.click("#part-add").await;
        // The query that was there is the first part's.
        page.until("document.activeElement.matches('.part-name') && document.querySelectorAll('.part').length === 2")
            .await;
        page.press("opening\u{e004}").await;
        assert_eq!(
            page.script("return [document.activeElement.value, document.querySelector('#wish-query').checkVisibility()]").await,
            json!(["gulls", false])
        );
        // On by keys: its number of picks, then past its button to the second part.
        page.press("\u{e004}").await;
        page.press("1\u{e004}").await;
        page.press("\u{e004}").await;
        page.press("\u{e004}").await;
        page.press("said:ferry").await;
        page.click("#wish-angle").await;
        page.find("#wish-most").await.send_keys("2").await.unwrap();
        page.script("document.querySelector('#wish-order').value = 'dramatic'; document.querySelector('#wish-length').value = '30'")
            .await;
        page.click("#wish [type=submit]").await;
        page.until(SHOWN).await;
        let wish = page
            .script("return fetch('/reels/' + encodeURIComponent(new URLSearchParams(location.search).get('reel')) + '/manifest.json').then((one) => one.json()).then(({ wish, revisions, current }) => ({ wish, shown: revisions[current].picks.map((one) => one.section) }))")
            .await;
        assert_eq!(
            wish["wish"]["sections"],
            json!([
                { "name": "opening", "query": "gulls", "picks": 1 },
                { "name": "Part 2", "query": "said:ferry", "picks": null },
            ])
        );
        let rules = ["length_millis", "order", "most_per_asset", "all_angles"];
        assert_eq!(
            rules.map(|rule| wish["wish"][rule].clone()),
            [json!(30_000), json!("dramatic"), json!(2), json!(true)]
        );
        let shown = wish["shown"].as_array().unwrap();
        assert_eq!(shown.iter().filter(|one| **one == "opening").count(), 1);
        assert!(shown.contains(&json!("Part 2")), "{wish}");

        // Without parts it is one query again.
        page.open("/?view=reels").await;
        page.click("#part-add").await;
        page.find(".part:nth-child(2) .part-remove").await;
        page.script("document.querySelector('.part-query').value = 'captain'")
            .await;
        page.click(".part:nth-child(2) .part-remove").await;
        page.click(".part-remove").await;
        page.until("document.activeElement.id === 'wish-query' && document.activeElement.value === 'captain' && !document.querySelector('.part')").await;
    });
}

#[test]
fn a_reel_is_edited_by_keys_alone() {
    on_library(Window::Wide, async |page| {
        open_reel(page).await;
        page.script("document.querySelector('.strip-button[tabindex=\"0\"]').focus()")
            .await;
        page.press(ALT_RIGHT).await;
        until_picks(page, &["2", "1", "3"]).await;
        said(page, "is now pick 2 of 3").await;
        assert_eq!(
            focused(page).await,
            json!("1"),
            "the keyboard stays on what it moved"
        );
        page.press(RIGHT).await;
        page.until("document.activeElement.closest('.strip-pick')?.dataset.pick === '3'")
            .await;
        page.press("l").await;
        page.find(".strip-pick[data-pick='3'] .strip-lock").await;
        page.press(DELETE).await;
        until_picks(page, &["2", "1"]).await;
        assert_eq!(focused(page).await, json!("1"));
        page.press(UNDO).await;
        until_picks(page, &["2", "1", "3"]).await;
        page.press(UNDO).await;
        page.until("!document.querySelector('.strip-lock')").await;
        page.press(REDO).await;
        page.find(".strip-lock").await;
        // A frame is a step; what was not kept yet goes back by Escape.
        page.script("document.querySelector('#trim-out').focus()")
            .await;
        let before = page.text("#trim-out-code").await;
        page.press("\u{e012}").await;
        page.press(ESCAPE).await;
        assert_eq!(page.text("#trim-out-code").await, before);
        page.press("\u{e012}\u{e007}").await;
        said(page, "now lasts").await;
        assert_ne!(page.text("#trim-out-code").await, before);
        assert_eq!(focused(page).await, json!("trim-out"));
        page.script("document.querySelector('#export summary').focus()")
            .await;
        page.press("\u{e007}").await;
        page.press("\u{e015}").await;
        page.until("document.activeElement.dataset.format === 'otio'")
            .await;
        page.press(ESCAPE).await;
        page.until("document.activeElement.matches('#export summary') && !document.querySelector('#export').open").await;
    });
}

#[test]
fn what_another_editor_changed_is_shown_and_not_overwritten() {
    on_library(Window::Wide, async |page| {
        open_reel(page).await;
        let elsewhere = "return fetch('/reels/Harbour%20days/edits', { method: 'POST', headers: { 'content-type': 'application/json', 'if-match': '*' }, body: JSON.stringify({ action: 'drop', pick: 2 }) }).then((one) => one.status)";
        assert_eq!(page.script(elsewhere).await, json!(200));
        page.click(".pick-actions [data-act=later]").await;
        until_picks(page, &["1", "3"]).await;
        said(page, "changed elsewhere").await;
    });
}

#[test]
fn names_in_a_reel_are_never_markup() {
    on_library(Window::Wide, async |page| {
        page.open("/").await;
        keep(page, "pelican").await;
        page.open("/?view=basket").await;
        page.find("#basket-title")
            .await
            .send_keys(HOSTILE_NAME)
            .await
            .unwrap();
        page.click("#of-basket [type=submit]").await;
        page.until(SHOWN).await;
        assert_eq!(page.text("#reel-title").await, HOSTILE_NAME);
        assert_eq!(page.text("#pick-source").await, HOSTILE_NAME);
        page.open("/?view=reels").await;
        assert!(page.text(".reel-row").await.contains("<script>"));
        let broken = "return [window.broken ?? null, document.querySelectorAll('main script, img[src=x]').length]";
        assert_eq!(page.script(broken).await, json!([null, 0]));
    });
}
