//! Jobs: begun from the page, and followed live.

use serde_json::json;

use crate::{
    browser::{Window, on_library},
    world::archive,
};

#[test]
fn a_job_is_begun_and_its_progress_is_followed() {
    on_library(Window::Wide, async |page| {
        page.open("/?view=jobs").await;
        page.until("document.querySelector('#live').textContent === 'live'")
            .await;
        let folder = archive().join("broadcasts");
        let path = page.find("#job-path").await;
        path.send_keys(folder.to_str().unwrap()).await.unwrap();
        path.send_keys("\u{e007}").await.unwrap();
        page.find(".job.job-done").await;
        assert_eq!(
            page.script("return document.querySelector('.job progress').value")
                .await,
            json!(1)
        );
        assert!(page.text(".job-counts").await.contains("1 / 1"));
        page.find(".job [data-verb=retry]").await;
    });
}
