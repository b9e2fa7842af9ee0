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
