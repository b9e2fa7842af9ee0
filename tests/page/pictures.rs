//! Screenshots of the states, for people to look at.

use std::path::Path;

use crate::browser::{Window, on_library};

#[test]
fn the_states_have_their_pictures_taken() {
    on_library(Window::Wide, async |page| {
        page.open("/").await;
        page.script("localStorage.setItem('reeldex.theme', 'dark')")
            .await;
        page.open("/").await;
        page.find(".start .asset-card").await;
        page.until("[...document.images].every((one) => one.complete)")
            .await;
        page.screenshot("first-visit").await;
        page.search("ferry").await;
        page.until("[...document.images].every((one) => one.complete)")
            .await;
        page.screenshot("results").await;
        page.search("zzqxvw").await;
        page.screenshot("nothing-fits").await;
        page.search("ferry after:never").await;
        page.screenshot("problem").await;
        page.search("gentleman waits").await;
        let has_film = page.names().await.contains(&"chaplin.mp4".to_owned());
        page.open_first(if has_film {
            "said:gentleman"
        } else {
            "gulls circle"
        })
        .await;
        page.until(
            "document.querySelector('video').readyState >= 2 && document.querySelector('.cue')",
        )
        .await;
        page.press("i\u{e014}o").await;
        page.script("return new Promise((done) => setTimeout(done, 800))")
            .await;
        page.until("document.querySelector('#marks').textContent")
            .await;
        let picture = page.screenshot("moment").await;
        keep_for_readme(&picture);
        page.click("#about-asset").await;
        page.find(".asset .steps").await;
        page.click("#theme").await;
        page.screenshot("asset-light").await;
    });
    on_library(Window::Narrow, async |page| {
        page.open("/").await;
        page.open_first("ferry").await;
        page.until(
            "document.querySelector('.cue') && document.querySelector('video').readyState >= 2",
        )
        .await;
        page.screenshot("moment-narrow").await;
    });
}

const MAKE_REEL: &str = "
const card = (name) => [...document.querySelectorAll('.asset-card')].find((one) => one.textContent.includes(name));
const id = (name) => new URL(card(name).href).searchParams.get('asset');
const of = (name, ...spans) => (card(name) ? spans.map(([start_millis, end_millis]) => ({ asset_id: id(name), start_millis, end_millis })) : []);
const given = [...of('harbour', [1000, 4000]), ...of('chaplin', [3000, 6000]), ...of('red_panda', [0, 2000]), ...of('rabbit', [1000, 5000]), ...of('harbour', [6000, 9500]), ...of('broadcast', [500, 3000])];
return fetch('/reels', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'pictures', title: 'Ein Tag am Hafen – größte Momente', given }) }).then((one) => one.status)";

/// Gives its picks what they can have.
const CHANGE_REEL: &str = "
const edits = [
  { action: 'dissolve', pick: 2, frames: 12 },
  { action: 'slow', pick: 2, slow_motion: { factor: 2, smoothing: 'blend' } },
  { action: 'letter', pick: 2, text: 'Am Kai, 1921' },
  { action: 'dissolve', pick: 4, frames: 25 },
  { action: 'lock', pick: 4, is_locked: true },
];
return edits.reduce(async (before, edit) => {
  await before;
  const { etag } = await fetch('/reels/pictures').then((one) => one.json());
  const answer = await fetch('/reels/pictures/edits', { method: 'POST', headers: { 'content-type': 'application/json', 'if-match': etag }, body: JSON.stringify(edit) });
  return answer.status;
}, null)";

#[test]
fn the_reel_editor_has_its_pictures_taken() {
    const READY: &str = "document.querySelector('.strip-button') && document.querySelector('.reel-slot.on-show video').readyState >= 2 && document.querySelector('.trim-tile') && [...document.images].every((one) => one.complete)";
    on_library(Window::Wide, async |page| {
        page.open("/").await;
        page.find(".start .asset-card").await;
        assert_eq!(page.script(MAKE_REEL).await, serde_json::json!(201));
        assert_eq!(page.script(CHANGE_REEL).await, serde_json::json!(200));
        for theme in ["dark", "light"] {
            page.script(&format!("localStorage.setItem('reeldex.theme', '{theme}')"))
                .await;
            page.open("/?view=reels&reel=pictures").await;
            page.until(READY).await;
            page.click(".strip-pick[data-pick='2'] .strip-button").await;
            page.until(READY).await;
            page.screenshot(&format!("reel-{theme}")).await;
            page.open("/?view=reels").await;
            page.find(".reel-row").await;
            page.click("#part-add").await;
            page.screenshot(&format!("reels-{theme}")).await;
        }
    });
    on_library(Window::Narrow, async |page| {
        page.open("/").await;
        page.find(".start .asset-card").await;
        assert_eq!(page.script(MAKE_REEL).await, serde_json::json!(201));
        assert_eq!(page.script(CHANGE_REEL).await, serde_json::json!(200));
        page.open("/?view=reels&reel=pictures").await;
        page.until(READY).await;
        page.screenshot("reel-narrow").await;
        page.click(".strip-pick[data-pick='2'] .strip-button").await;
        page.until(READY).await;
        page.script("document.querySelector('.pick-panel').scrollIntoView()")
            .await;
        page.screenshot("reel-narrow-pick").await;
        page.open("/?view=reels").await;
        page.find(".reel-row").await;
        page.click("#part-add").await;
        page.screenshot("reels-narrow").await;
    });
}

/// The picture in README.md, drawn anew when `REELDEX_WRITE_SCREENSHOT` is set.
fn keep_for_readme(picture: &Path) {
    if std::env::var_os("REELDEX_WRITE_SCREENSHOT").is_none() {
        return;
    }
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/page/moment.jpg");
    std::fs::create_dir_all(kept.parent().unwrap()).unwrap();
    let picture = image::open(picture).unwrap().into_rgb8();
    let mut file = std::fs::File::create(&kept).unwrap();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, 82)
        .encode_image(&picture)
        .unwrap();
    assert!(file.metadata().unwrap().len() < 300_000);
}
