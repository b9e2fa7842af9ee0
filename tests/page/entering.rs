//! The form for the token that a server asks for.

use serde_json::json;

use crate::browser::{Window, on_guarded_library};

#[test]
fn a_wrong_token_is_refused_and_a_right_one_opens_the_library() {
    on_guarded_library(Window::Wide, async |page, token| {
        page.open("/").await;
        let field = page.find("#token").await;
        assert!(page.text(".state-detail").await.contains("token"));
        field.send_keys("rdx_wrong\u{e007}").await.unwrap();
        page.until("document.querySelector('.state-detail').textContent === 'A token is needed, or this one is not valid'")
            .await;
        // It is still hidden, and nothing was let in.
        assert_eq!(
            page.script("return [document.querySelector('#token').type, document.querySelectorAll('.card, .asset-card').length]").await,
            json!(["password", 0])
        );
        field.clear().await.unwrap();
        field.send_keys(&format!("{token}\u{e007}")).await.unwrap();
        page.find(".start .asset-card").await;
        page.search("ferry leaves").await;
        assert_eq!(page.names().await[0], "harbour.mp4");
        // It holds for the browser, and scripts can't read it.
        page.open("/?q=ferry").await;
        page.find(".card").await;
        let kept = "return document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + location.href";
        assert!(!page.script(kept).await.to_string().contains(token));
    });
}
