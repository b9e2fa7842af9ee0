//! Watching a moment: the player and its keys, transcript, marks, basket and what is known of the asset.

use serde_json::json;

use crate::browser::{Browser, Window, on_library};

const AT: &str = "document.querySelector('video').currentTime";

async fn open(page: &Browser, query: &str) {
    page.open("/").await;
    page.open_first(query).await;
    page.until("document.querySelector('video').readyState >= 2")
        .await;
}

#[test]
fn the_player_starts_at_the_span_and_its_clock_moves() {
    on_library(Window::Wide, async |page| {
        open(page, "gulls circle").await;
        page.until(&format!("Math.abs({AT} - 4) < 0.05")).await;
        assert_eq!(page.text("#timecode").await, "10:00:04:00");
        page.press(" ").await;
        page.until(&format!("{AT} > 4.4")).await;
        page.until("document.querySelector('#timecode').textContent > '10:00:04:05'")
            .await;
        page.press("k").await;
        page.until("document.querySelector('video').paused").await;
        // J goes backward, picture by picture.
        let before = page.script(&format!("return {AT}")).await.as_f64().unwrap();
        page.press("j").await;
        page.until(&format!("{AT} < {before} - 0.3")).await;
        page.press("k").await;
    });
}

#[test]
fn a_frame_is_a_step_and_marks_bound_what_is_downloaded() {
    on_library(Window::Wide, async |page| {
        open(page, "gulls circle").await;
        page.press(".").await;
        page.until("document.querySelector('#timecode').textContent === '10:00:04:01'")
            .await;
        page.press(",").await;
        page.press(",").await;
        page.until("document.querySelector('#timecode').textContent === '10:00:03:24'")
            .await;
        page.press("i").await;
        page.press("\u{e014}").await;
        page.press("o").await;
        assert_eq!(page.text("#marks").await, "10:00:03:24 – 10:00:04:24");
        let clip = page
            .find("#download-clip")
            .await
            .attr("href")
            .await
            .unwrap();
        assert!(clip.unwrap().ends_with("/3980-4980.mp4"));
        page.press(">").await;
        page.until("document.querySelector('video').playbackRate === 1.5")
            .await;
        page.press("x").await;
        assert_eq!(page.text("#marks").await, "");
    });
}

#[test]
fn a_click_in_the_transcript_goes_there_and_the_transcript_follows() {
    on_library(Window::Wide, async |page| {
        open(page, "gulls circle").await;
        page.until("document.querySelector('.cue[aria-current]')?.textContent.includes('Gulls')")
            .await;
        page.click(".cue[data-start='8000'] .cue-line").await;
        page.until(&format!("Math.abs({AT} - 8) < 0.05")).await;
        page.until("document.querySelector('.cue[aria-current]')?.textContent.includes('captain')")
            .await;
        // Ten back by the keyboard, to a time where another line is spoken.
        page.script("document.activeElement.blur()").await;
        page.press(&"\u{e012}".repeat(6)).await;
        page.until("document.querySelector('.cue[aria-current]')?.textContent.includes('ferry')")
            .await;
    });
}

#[test]
fn a_format_that_browsers_can_not_play_is_played_as_a_clip() {
    on_library(Window::Wide, async |page| {
        open(page, "lighthouse").await;
        page.until("document.querySelector('video').src.endsWith('.mp4')")
            .await;
        page.press(" ").await;
        page.until(&format!("{AT} > 0.4")).await;
        page.until("document.querySelector('#clock').textContent > '0:00.9'")
            .await;
    });
}

#[test]
fn the_basket_keeps_moments_over_a_reload() {
    on_library(Window::Wide, async |page| {
        open(page, "gulls circle").await;
        page.press("b").await;
        page.until("document.querySelector('#basket-count').textContent === '1'")
            .await;
        page.open("/?view=basket").await;
        assert!(page.text(".kept").await.contains("harbour.mp4"));
        assert!(page.text(".kept").await.contains("10:00:04:00"));
        page.click(".kept-remove").await;
        page.until("!document.querySelector('.kept')").await;
        page.open("/?view=basket").await;
        page.find(".view .state").await;
    });
}

#[test]
fn the_asset_tells_what_became_of_each_step() {
    on_library(Window::Wide, async |page| {
        open(page, "gulls circle").await;
        page.click("#about-asset").await;
        page.find(".asset .steps").await;
        let steps = page
            .script("return [...document.querySelectorAll('.steps tbody tr')].map((row) => [row.cells[0].textContent, row.cells[1].textContent.trim()])")
            .await;
        assert!(
            steps
                .as_array()
                .unwrap()
                .contains(&json!(["Shots", "✓ done"])),
            "{steps}"
        );
        assert!(
            steps
                .as_array()
                .unwrap()
                .contains(&json!(["Picture vectors", "– skipped"])),
            "{steps}"
        );
        assert!(page.text(".facts").await.contains("10:00:00:00"));
    });
}

#[test]
fn moving_over_a_picture_scrubs_through_its_storyboard() {
    on_library(Window::Wide, async |page| {
        page.open("/").await;
        page.search("gulls circle").await;
        page.until(
            "(() => {
                const box = document.querySelector('.card .thumb');
                const { left, top, width } = box.getBoundingClientRect();
                const at = { clientX: left + width * 0.76, clientY: top + 9, pointerType: 'mouse' };
                box.dispatchEvent(new PointerEvent('pointerenter', at));
                box.dispatchEvent(new PointerEvent('pointermove', at));
                return !box.querySelector('.scrub').hidden;
            })()",
        )
        .await;
        assert_eq!(
            page.script("return document.querySelector('.scrub-line').dataset.time")
                .await,
            json!("0:09")
        );
        let sprite = "const address = getComputedStyle(document.querySelector('.scrub')).backgroundImage.slice(5, -2);
            return fetch(address).then((one) => [one.status, one.headers.get('content-type')])";
        assert_eq!(page.script(sprite).await, json!([200, "image/jpeg"]));
    });
}
