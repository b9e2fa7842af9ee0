//! Chromium, headless, driven through ChromeDriver.

use std::{
    io::{BufRead, BufReader},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use fantoccini::{
    Client, ClientBuilder, Locator,
    actions::{InputSource, MOUSE_BUTTON_LEFT, PointerAction, TouchActions},
    elements::Element,
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::world::World;

/// How long something may take to appear; an unoptimised server on a busy machine is slow.
const PATIENCE: Duration = Duration::from_secs(30);

/// The size of the window's inside.
#[derive(Clone, Copy)]
pub(crate) enum Window {
    Wide,
    Narrow,
    /// A telephone's, on whose glass fingers are felt.
    Touch,
}

/// A browser with a served library of its own.
pub(crate) struct Browser {
    client: Client,
    address: String,
}

/// Runs a test in a browser on a copy of the library.
pub(crate) fn on_library(window: Window, test: impl AsyncFnOnce(&Browser)) {
    if installed() {
        in_browser(window, &World::serve(), test);
    }
}

/// Runs a test in a browser on a library that a token is asked for; the test gets one that may read.
pub(crate) fn on_guarded_library(window: Window, test: impl AsyncFnOnce(&Browser, &str)) {
    if installed() {
        let (world, token) = World::serve_guarded();
        in_browser(window, &world, async |page: &Browser| {
            test(page, &token).await
        });
    }
}

/// Runs a test in a browser on an empty library.
pub(crate) fn on_empty_library(window: Window, test: impl AsyncFnOnce(&Browser)) {
    if installed() {
        in_browser(window, &World::serve_nothing(), test);
    }
}

fn installed() -> bool {
    let missing: Vec<_> = ["chromium", "chromedriver"]
        .into_iter()
        .filter(|name| !Path::new("/usr/bin").join(name).exists())
        .collect();
    if !missing.is_empty() {
        eprintln!(
            "skipped: no {} in /usr/bin; `make setup` installs chromium and chromium-driver",
            missing.join(" and ")
        );
    }
    missing.is_empty()
}

fn in_browser(window: Window, world: &World, test: impl AsyncFnOnce(&Browser)) {
    let driver = Driver::start();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let profile = tempfile::tempdir().unwrap();
    let client = runtime
        .block_on(
            ClientBuilder::new(HttpConnector::new())
                .capabilities(capabilities(window, profile.path()))
                .connect(&driver.address),
        )
        .unwrap();
    let browser = Browser {
        client: client.clone(),
        address: world.address().to_owned(),
    };
    let result = catch_unwind(AssertUnwindSafe(|| runtime.block_on(test(&browser))));
    if result.is_err() {
        let _ = catch_unwind(AssertUnwindSafe(|| {
            runtime.block_on(browser.screenshot("failed"))
        }));
    }
    // Else the browser would outlive the test.
    let _ = runtime.block_on(client.close());
    if let Err(failure) = result {
        resume_unwind(failure);
    }
}

fn capabilities(window: Window, profile: &Path) -> serde_json::Map<String, Value> {
    let (width, height) = match window {
        Window::Wide => (1440, 900),
        Window::Narrow | Window::Touch => (390, 844),
    };
    let profile = format!("--user-data-dir={}", profile.display());
    let arguments = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--mute-audio",
        "--lang=en-GB",
        &profile,
    ];
    let metrics = json!({ "width": width, "height": height, "pixelRatio": 1, "touch": matches!(window, Window::Touch), "mobile": false });
    let capabilities = json!({
        "goog:chromeOptions": {
            "args": arguments,
            "binary": "/usr/bin/chromium",
            "prefs": { "intl.accept_languages": "en-GB,en" },
            "mobileEmulation": { "deviceMetrics": metrics },
        },
    });
    capabilities.as_object().unwrap().clone()
}

/// ChromeDriver on a port of its own choice.
struct Driver {
    process: Child,
    address: String,
}

impl Driver {
    fn start() -> Self {
        let mut process = Command::new("/usr/bin/chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        let port: u16 = loop {
            line.clear();
            assert!(said.read_line(&mut line).unwrap() > 0, "chromedriver ended");
            let started = line.trim().trim_end_matches('.').rsplit_once("on port ");
            if let Some(port) = started
                .and_then(|(_, port)| port.parse().ok())
                .filter(|port| *port != 0)
            {
                break port;
            }
        };
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Self {
            process,
            address: format!("http://127.0.0.1:{port}"),
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Browser {
    /// Opens an address of the page.
    pub(crate) async fn open(&self, path: &str) {
        let address = format!("{}{path}", self.address);
        self.client.goto(&address).await.unwrap();
    }

    /// The element of a selector, when it has come.
    pub(crate) async fn find(&self, selector: &str) -> Element {
        let wait = self.client.wait().at_most(PATIENCE);
        match wait.for_element(Locator::Css(selector)).await {
            Ok(element) => element,
            Err(error) => panic!("no {selector}: {error}; {}", self.seen().await),
        }
    }

    pub(crate) async fn click(&self, selector: &str) {
        let clicked = self.find(selector).await.click().await;
        clicked.unwrap_or_else(|error| panic!("clicking {selector}: {error}"));
    }

    /// Types into whatever has the focus.
    pub(crate) async fn press(&self, keys: &str) {
        let focused = self.client.active_element().await.unwrap();
        focused.send_keys(keys).await.unwrap();
    }

    /// A finger comes down, rests, goes elsewhere and is lifted.
    pub(crate) async fn touch(&self, from: (f64, f64), rest: Duration, to: (f64, f64)) {
        let go = |(x, y): (f64, f64), millis: u64| PointerAction::MoveTo {
            duration: Some(Duration::from_millis(millis)),
            x,
            y,
        };
        let button = MOUSE_BUTTON_LEFT;
        let finger = TouchActions::new("finger".to_owned())
            .then(go(from, 0))
            .then(PointerAction::Down { button })
            .then(PointerAction::Pause { duration: rest })
            .then(go(((from.0 + to.0) / 2.0, to.1), 60))
            .then(go(to, 60))
            .then(PointerAction::Up { button });
        self.client.perform_actions(finger).await.unwrap();
    }

    /// What a script gives back.
    pub(crate) async fn script(&self, script: &str) -> Value {
        let value = self.client.execute(script, Vec::new()).await;
        value.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Waits until an expression is true.
    pub(crate) async fn until(&self, expression: &str) {
        let started = Instant::now();
        while self.script(&format!("return Boolean({expression})")).await != json!(true) {
            if started.elapsed() > PATIENCE {
                panic!("never true: {expression}; {}", self.seen().await);
            }
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    }

    /// The text of an element, when it has come.
    pub(crate) async fn text(&self, selector: &str) -> String {
        self.find(selector).await.text().await.unwrap()
    }

    /// Types a query into the field and waits for its answer.
    pub(crate) async fn search(&self, query: &str) {
        let field = self.find("#q").await;
        field.clear().await.unwrap();
        field.send_keys(query).await.unwrap();
        field.send_keys("\u{e007}").await.unwrap();
        let query = json!(query);
        self.until(&format!("new URLSearchParams(location.search).get('q') === {query} && document.querySelector('.results[aria-busy=false]')")).await;
    }

    /// Opens the first moment of a query.
    pub(crate) async fn open_first(&self, query: &str) {
        self.search(query).await;
        self.click(".card-link").await;
        self.find(".moment .tabs").await;
    }

    /// Names of the files whose moments are shown.
    pub(crate) async fn names(&self) -> Vec<String> {
        let names = self
            .script("return [...document.querySelectorAll('.found .card-name')].map((one) => one.textContent)")
            .await;
        serde_json::from_value(names).unwrap()
    }

    /// Keeps a picture of the window in target/page-screenshots.
    pub(crate) async fn screenshot(&self, name: &str) -> PathBuf {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .parent()
            .unwrap()
            .join("page-screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{name}.png"));
        let picture = self.client.screenshot().await.unwrap();
        std::fs::write(&path, picture).unwrap();
        path
    }

    async fn seen(&self) -> String {
        let text = self
            .client
            .execute(
                "return location.href + '\\n' + document.body.innerText.slice(0, 1500)",
                Vec::new(),
            )
            .await;
        format!("the page shows: {}", text.unwrap_or_default())
    }
}
