//! Reaching everybody: names of controls, contrast, narrow windows; and no markup out of data.

use serde_json::json;

use crate::{
    browser::{Browser, Window, on_library},
    world::HOSTILE_NAME,
};

/// Controls that a screen reader could not name.
const NAMELESS: &str = "
const name = (one) => one.getAttribute('aria-label') || one.labels?.[0]?.textContent.trim() || one.innerText?.trim()
  || document.getElementById(one.getAttribute('aria-labelledby') ?? '')?.textContent.trim() || one.textContent.trim();
return [...document.querySelectorAll('a[href], button, input, select, textarea, summary, video, progress, dialog, table, [role=slider], [role=tablist], [role=region], nav, section[aria-label]')]
  .filter((one) => one.checkVisibility() && !one.matches('[role=tablist]') && !name(one)).map((one) => one.outerHTML.slice(0, 160));";

/// Texts whose contrast with what is behind them is below 4.5, pictures left out.
const FAINT: &str = r"
const parse = (text) => (text.match(/[\d.]+/g) ?? []).map(Number);
const light = ([r, g, b]) => { const f = (v) => ((v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b); };
const behind = (one) => { for (let at = one; at; at = at.parentElement) { const c = parse(getComputedStyle(at).backgroundColor); if (c.length === 3 || c[3] === 1) return c; } return [0, 0, 0]; };
return [...document.querySelectorAll('body *')].filter((one) => one.checkVisibility({ opacityProperty: true }) && !one.closest('.thumb, .player, .card-keep, option, #toast, :disabled')
  && [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
  .map((one) => { const a = light(parse(getComputedStyle(one).color)), b = light(behind(one)); return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), one.className || one.tagName, one.textContent.slice(0, 30)]; })
  .filter(([ratio]) => ratio < 4.5);";

async fn views(page: &Browser) -> Vec<String> {
    page.open("/?q=ferry").await;
    page.find(".card").await;
    let moment = page
        .script("const link = new URL(document.querySelector('.card-link').href); return link.pathname + link.search")
        .await;
    let asset = page
        .script("return '/?asset=' + document.querySelector('.card').dataset.asset")
        .await;
    let made = page
        .script("const card = document.querySelector('.card'); const given = [[1000, 4000], [5000, 8000]].map(([start_millis, end_millis]) => ({ asset_id: card.dataset.asset, start_millis, end_millis }));
            return fetch('/reels', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'Reaching', given }) }).then((one) => one.status)")
        .await;
    assert_eq!(made, json!(201));
    let mut views: Vec<String> = [
        "/",
        "/?q=ferry",
        "/?q=zzqxvw",
        "/?q=after:never",
        "/?view=jobs",
        "/?view=basket",
        "/?view=reels",
        "/?view=reels&reel=Reaching",
    ]
    .map(str::to_owned)
    .to_vec();
    views.extend([moment, asset].map(|path| path.as_str().unwrap().to_owned()));
    views
}

const SHOWN: &str = "document.querySelector('.start, .summary, .state, .view h1, .moment .cue, .strip-button') && !document.querySelector('.skeleton')";

#[test]
fn every_control_has_a_name_and_every_text_its_contrast() {
    on_library(Window::Wide, async |page| {
        for view in views(page).await {
            page.open(&view).await;
            page.until(SHOWN).await;
            assert_eq!(page.script(NAMELESS).await, json!([]), "{view}");
            for theme in ["dark", "light"] {
                page.script(&format!(
                    "document.documentElement.dataset.theme = '{theme}'"
                ))
                .await;
                assert_eq!(page.script(FAINT).await, json!([]), "{view} in {theme}");
            }
            let one_heading = page
                .script("return document.querySelectorAll('h1').length")
                .await;
            assert_eq!(one_heading, json!(1), "{view}");
        }
    });
}

#[test]
fn the_theme_is_switched_and_remembered() {
    on_library(Window::Wide, async |page| {
        page.open("/").await;
        page.find(".start").await;
        let before = page
            .script("return document.documentElement.dataset.theme")
            .await;
        page.click("#theme").await;
        let after = page
            .script("return document.documentElement.dataset.theme")
            .await;
        assert_ne!(before, after);
        page.open("/").await;
        assert_eq!(
            page.script("return document.documentElement.dataset.theme")
                .await,
            after
        );
    });
}

#[test]
fn a_narrow_window_needs_no_scrolling_sideways() {
    on_library(Window::Narrow, async |page| {
        for view in views(page).await {
            page.open(&view).await;
            page.until(SHOWN).await;
            let sizes =
                "return [innerWidth, Math.max(innerWidth, document.documentElement.scrollWidth)]";
            assert_eq!(page.script(sizes).await, json!([390, 390]), "{view}");
        }
    });
}

#[test]
fn names_and_words_are_never_markup() {
    on_library(Window::Wide, async |page| {
        page.open("/").await;
        page.search("pelican").await;
        assert_eq!(page.names().await[0], HOSTILE_NAME);
        assert!(
            page.text(".card-text").await.contains("<script>")
                || page.text(".card-text").await.contains("<img")
        );
        page.click(".card-link").await;
        page.find(".moment .cue").await;
        assert_eq!(page.text(".moment h1").await, HOSTILE_NAME);
        assert!(
            page.text("#transcript")
                .await
                .contains("<script>window.broken=3</script> a hostile pelican")
        );
        page.press("b").await;
        page.click("#about-asset").await;
        page.find(".asset .steps").await;
        page.open("/?view=basket").await;
        page.find(".kept").await;
        assert_eq!(
            page.script("return window.broken ?? null").await,
            json!(null)
        );
        let foreign = "return document.querySelectorAll('main script, img[src=x]').length";
        assert_eq!(page.script(foreign).await, json!(0));
        // The policy would keep a script out even if one got in.
        let added = "const one = document.createElement('script'); one.textContent = 'window.broken = 5'; document.body.append(one); return window.broken ?? null";
        assert_eq!(page.script(added).await, json!(null));
    });
}
