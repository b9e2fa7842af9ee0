//! Correcting what was said of a moment.

use crate::browser::{Window, on_library};

#[test]
fn a_tag_that_a_person_adds_is_found_and_one_marked_wrong_goes() {
    on_library(Window::Wide, async |page| {
        page.open("/").await;
        page.open_first("gulls circle").await;
        page.click("#panels-tags").await;
        page.find("#new-tag")
            .await
            .send_keys("regatta\u{e007}")
            .await
            .unwrap();
        page.find("#tags .tag-person").await;
        assert!(page.text("#tags .tag-person").await.contains("regatta"));
        page.search("tag:regatta").await;
        assert_eq!(page.names().await, ["harbour.mp4"]);
        page.click(".card-link").await;
        page.click("#panels-tags").await;
        page.click("#tags .tag-person .tag-wrong").await;
        page.until(
            "!document.querySelector('#tags .tag-person') && document.querySelector('#tags .tag')",
        )
        .await;
        page.search("tag:regatta").await;
        page.find(".state-none").await;
    });
}

#[test]
fn a_line_of_the_transcript_is_written_anew() {
    on_library(Window::Wide, async |page| {
        page.open("/").await;
        page.open_first("gulls circle").await;
        page.click(".cue[data-start='4000'] .cue-edit").await;
        let line = page.find("#line").await;
        line.clear().await.unwrap();
        line.send_keys("Cormorants circle above the quay.")
            .await
            .unwrap();
        page.click("#line-save").await;
        page.until("document.querySelector('#transcript').textContent.includes('Cormorants')")
            .await;
        page.search("cormorants").await;
        assert_eq!(page.names().await, ["harbour.mp4"]);
    });
}
