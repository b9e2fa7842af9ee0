//! How picks are shown: dissolves, slow motion, lettering and names, on the page and in the reel's file; and a finger's drag.

use std::time::Duration;

use image::RgbImage;
use serde_json::{Value, json};

use crate::browser::{Browser, Window, on_library};

const ENTER: &str = "\u{e007}";
const UP: &str = "\u{e013}";
const NAME: &str = "Shown";
const READY: &str = "document.querySelector('.reel-editor:not([aria-busy=true]) .strip-button') && document.querySelector('.reel-slot.on-show video')?.readyState >= 2";

/// Makes a reel of stretches of three films, and opens it.
async fn open_reel(page: &Browser) {
    page.open("/").await;
    page.find(".start .asset-card").await;
    let made = page
        .script(&format!(
            "const id = (name) => new URL([...document.querySelectorAll('.asset-card')].find((one) => one.textContent.includes(name)).href).searchParams.get('asset');
            const of = (name, start_millis, end_millis) => ({{ asset_id: id(name), start_millis, end_millis }});
            const given = [of('harbour', 1000, 4000), of('broadcast', 500, 3500), of('harbour', 6000, 9000), of('onerror', 500, 3500)];
            return fetch('/reels', {{ method: 'POST', headers: {{ 'content-type': 'application/json' }}, body: JSON.stringify({{ name: '{NAME}', given }}) }}).then((one) => one.status)"
        ))
        .await;
    assert_eq!(made, json!(201));
    page.open(&format!("/?view=reels&reel={NAME}")).await;
    page.until(READY).await;
}

async fn choose(page: &Browser, pick: u32) {
    page.click(&format!(".strip-pick[data-pick='{pick}'] .strip-button"))
        .await;
    page.until(&format!("document.querySelector('.strip-pick[data-pick=\"{pick}\"] [aria-current]') && document.querySelector('#pick-dissolve')"))
        .await;
}

/// A pick as the reel's file has it.
async fn kept(page: &Browser, pick: u32) -> Value {
    page.script(&format!(
        "return fetch('/reels/{NAME}/manifest.json', {{ cache: 'no-store' }}).then((one) => one.json()).then((one) => one.revisions[one.current].picks.find((pick) => pick.id === {pick}))"
    ))
    .await
}

/// Waits until nothing is being changed and the status says that it was.
async fn told(page: &Browser, part: &str) {
    let part = json!(part);
    page.until(&format!("document.querySelector('#status').textContent.includes({part}) && document.querySelector('.reel-editor:not([aria-busy=true])')")).await;
}

/// Types into a field in place of what is there.
async fn write(page: &Browser, field: &str, text: &str) {
    page.script(&format!(
        "document.querySelector('{field}').focus(); document.querySelector('{field}').select()"
    ))
    .await;
    page.press(text).await;
}

#[test]
fn what_is_set_for_a_pick_is_in_the_reel_by_keys_alone() {
    on_library(Window::Wide, async |page| {
        open_reel(page).await;
        // The first has nothing before it that could melt away.
        assert_eq!(
            page.script("return document.querySelector('#pick-dissolve').disabled")
                .await,
            json!(true)
        );
        choose(page, 2).await;
        write(page, "#pick-dissolve", &format!("12{ENTER}")).await;
        told(page, "melts in").await;
        assert_eq!(kept(page, 2).await["dissolve_frames"], json!(12));
        page.find(".strip-pick[data-pick='2'] .mark-melt").await;
        // Three steps by key are one change.
        let revisions = page.script(&format!("return fetch('/reels/{NAME}').then((one) => one.json()).then((one) => one.history.length)")).await;
        page.press(&UP.repeat(3)).await;
        page.until(&format!("fetch('/reels/{NAME}').then((one) => one.json()).then((one) => (window.frames = one.picks[1].dissolve_frames)) && window.frames === 15")).await;
        let later = page.script(&format!("return fetch('/reels/{NAME}').then((one) => one.json()).then((one) => one.history.length)")).await;
        assert_eq!(later.as_u64(), revisions.as_u64().map(|count| count + 1));
        assert_eq!(
            page.script("return document.activeElement.id").await,
            json!("pick-dissolve")
        );
        // More than fits is kept as it was wished, and said.
        write(page, "#pick-dissolve", &format!("900{ENTER}")).await;
        page.until("document.querySelector('#pick-dissolve-hint').textContent.includes('only 74')")
            .await;

        let before = page.text("#reel-facts").await;
        page.script("document.querySelector('#pick-speed').focus()")
            .await;
        page.press("2").await;
        told(page, "2 times slower").await;
        page.script("document.querySelector('#pick-smoothing').focus()")
            .await;
        page.press("e").await;
        page.until("document.querySelector('#pick-smoothing').value === 'interpolate'")
            .await;
        page.until("document.querySelector('.reel-editor:not([aria-busy=true])')")
            .await;
        assert_eq!(
            kept(page, 2).await["slow_motion"],
            json!({ "factor": 2, "smoothing": "interpolate" })
        );
        assert_ne!(page.text("#reel-facts").await, before);

        write(page, "#pick-letter", &format!("Größte <b>Fähre</b>{ENTER}")).await;
        told(page, "lower third").await;
        assert_eq!(
            kept(page, 2).await["lower_third"],
            json!("Größte <b>Fähre</b>")
        );
        write(page, "#pick-title", &format!("Lighthouse{ENTER}")).await;
        told(page, "is called Lighthouse").await;
        assert_eq!(kept(page, 2).await["name"], json!("Lighthouse"));
        assert_eq!(page.text("#pick-name").await, "Lighthouse");
        // What is typed and given up by Escape changes nothing.
        write(page, "#pick-letter", "never\u{e00c}").await;
        assert_eq!(
            page.script("return document.querySelector('#pick-letter').value")
                .await,
            json!("Größte <b>Fähre</b>")
        );
        let label = page.script("return document.querySelector(\".strip-pick[data-pick='2'] .strip-button\").getAttribute('aria-label')").await;
        for part in ["Lighthouse", "melts in over 74 frames", "2 times slower"] {
            assert!(label.as_str().unwrap().contains(part), "{label}");
        }
        // An emptied line is none, and own speed is none either.
        write(page, "#pick-letter", &format!("\u{e003}{ENTER}")).await;
        told(page, "no lower third").await;
        page.script("document.querySelector('#pick-speed').focus()")
            .await;
        page.press("i").await;
        told(page, "its own speed").await;
        let pick = kept(page, 2).await;
        assert_eq!(
            (&pick["lower_third"], &pick["slow_motion"]),
            (&Value::Null, &Value::Null)
        );
    });
}

#[test]
fn slow_motion_is_played_slower() {
    on_library(Window::Wide, async |page| {
        open_reel(page).await;
        page.script("const speed = document.querySelector('#pick-speed'); speed.value = '4'; speed.dispatchEvent(new Event('change'))")
            .await;
        told(page, "4 times slower").await;
        page.until("document.querySelector('.reel-slot.on-show video').playbackRate === 0.25")
            .await;
        page.until(READY).await;
        page.click("#play").await;
        page.until("document.querySelector('.reel-slot.on-show video').currentTime > 1.2")
            .await;
        // Its reel's clock runs on at its own speed: a fifth of a second of the film is most of one of the reel.
        let [source, reel] = [
            "document.querySelector('.reel-slot.on-show video').currentTime - 1",
            "Number(document.querySelector('#seek').value) / 25",
        ];
        let shown = page.script(&format!("return [{source}, {reel}]")).await;
        let (source, reel) = (shown[0].as_f64().unwrap(), shown[1].as_f64().unwrap());
        assert!((reel / source - 4.0).abs() < 0.5, "{shown}");
    });
}

#[test]
fn a_dissolve_shows_both_pictures_and_goes_on_to_the_next_pick() {
    const MELTS: &str = "document.querySelector('.reel-slot.melts') && document.querySelector('.reel-slot.on-show').style.opacity";
    on_library(Window::Wide, async |page| {
        open_reel(page).await;
        choose(page, 2).await;
        write(page, "#pick-dissolve", &format!("24{ENTER}")).await;
        told(page, "melts in").await;
        // In its middle: half of each, as a rendering mixes them.
        page.until("document.querySelector('#seek').value === '51'")
            .await;
        page.script("const seek = document.querySelector('#seek'); seek.value = '63'; seek.dispatchEvent(new Event('input'))")
            .await;
        page.until(MELTS).await;
        let share = page
            .script("return Number(document.querySelector('.reel-slot.on-show').style.opacity)")
            .await;
        let share = share.as_f64().unwrap();
        assert!((share - 13.0 / 25.0).abs() < 0.001, "{share}");
        page.until("[...document.querySelectorAll('.reel-slot video')].every((one) => one.readyState >= 2 && !one.seeking)").await;
        let mixed = player(page, "mixed").await;
        let show = async |opacity: &str| {
            page.script(&format!(
                "document.querySelector('.reel-slot.on-show').style.opacity = '{opacity}'"
            ))
            .await;
            player(page, "alone").await
        };
        let (old, new) = (show("0").await, show("1").await);
        assert!(difference(&old, &new, |_, _, new| new) > 20.0);
        let expected = |old: f64, new: f64| old * (1.0 - share) + new * share;
        let off = difference(&old, &mixed, |at, old, mixed| {
            mixed - expected(old, f64::from(new.as_raw()[at])) + old
        });
        assert!(off < 2.0, "{off}");

        // Played over it, both run; then the later one goes on alone.
        page.script("const seek = document.querySelector('#seek'); seek.value = '40'; seek.dispatchEvent(new Event('input'))")
            .await;
        page.until("!document.querySelector('.reel-slot.melts')")
            .await;
        page.click("#play").await;
        page.script("window.seen = []; const look = () => { const below = document.querySelector('.reel-slot.melts video'); if (below) window.seen.push([below.currentTime, below.volume, document.querySelector('.reel-slot.on-show video').currentTime, Number(document.querySelector('.reel-slot.on-show').style.opacity)]); requestAnimationFrame(look); }; look()").await;
        page.until("window.seen.length && !document.querySelector('.reel-slot.melts')")
            .await;
        let seen = page
            .script("return [window.seen[0], window.seen.at(-1), window.seen.length, document.querySelector('.reel-slot.on-show').style.opacity]")
            .await;
        let figure = |at: usize, of: usize| seen[at][of].as_f64().unwrap();
        assert!(figure(1, 0) > figure(0, 0) + 0.4, "the old runs on: {seen}");
        assert!(
            figure(1, 1) < 0.4 && figure(0, 1) > 0.8,
            "and fades: {seen}"
        );
        assert!(figure(1, 2) > figure(0, 2) + 0.4, "the new runs: {seen}");
        assert!(
            figure(1, 3) > 0.8 && figure(0, 3) < 0.3,
            "and comes: {seen}"
        );
        assert_eq!(seen[3], json!(""));
        // The cut after it is a cut.
        page.until("document.querySelector('.strip-pick.plays')?.dataset.pick === '3'")
            .await;
        page.press(" ").await;
    });
}

/// What the player shows.
async fn player(page: &Browser, name: &str) -> RgbImage {
    page.script("return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 120))))").await;
    let place = page
        .script("const { x, y, width, height } = document.querySelector('.reel-player').getBoundingClientRect(); return [x, y, width, height].map(Math.floor)")
        .await;
    let [x, y, width, height] = [0, 1, 2, 3].map(|at| place[at].as_u64().unwrap() as u32);
    let picture = image::open(page.screenshot(&format!("dissolve-{name}")).await).unwrap();
    // Round corners are left out.
    picture
        .crop_imm(x + 8, y + 8, width - 16, height - 16)
        .into_rgb8()
}

/// How far values of `to` are from those of `from` on average, out of 255; `seen` makes of each what counts.
fn difference(from: &RgbImage, to: &RgbImage, seen: impl Fn(usize, f64, f64) -> f64) -> f64 {
    assert_eq!(from.dimensions(), to.dimensions());
    let pairs = from.as_raw().iter().zip(to.as_raw()).enumerate();
    let sum: f64 = pairs
        .map(|(at, (a, b))| {
            let (a, b) = (f64::from(*a), f64::from(*b));
            (seen(at, a, b) - a).abs()
        })
        .sum();
    sum / from.as_raw().len() as f64
}

#[test]
fn a_finger_that_rests_on_a_pick_drags_it_and_one_that_swipes_scrolls() {
    on_library(Window::Touch, async |page| {
        open_reel(page).await;
        let centre = async |pick: u32| {
            let at = page.script(&format!("document.querySelector('#strip').scrollIntoView({{ block: 'center' }}); const {{ left, top, width, height }} = document.querySelector('.strip-pick[data-pick=\"{pick}\"] .strip-button').getBoundingClientRect(); return [left + width / 2, top + height / 2]")).await;
            (at[0].as_f64().unwrap(), at[1].as_f64().unwrap())
        };
        let order = "return [...document.querySelectorAll('.strip-pick')].map((one) => one.dataset.pick).join(' ')";
        let scrolled = "return document.querySelector('#strip').scrollLeft";
        let (x, y) = centre(2).await;
        page.touch((x, y), Duration::ZERO, (x - 160.0, y)).await;
        page.until("document.querySelector('#strip').scrollLeft > 40")
            .await;
        assert_eq!(page.script(order).await, json!("1 2 3 4"));
        page.script("document.querySelector('#strip').scrollLeft = 0")
            .await;

        let (from, to) = (centre(1).await, centre(2).await);
        page.touch(from, Duration::from_millis(700), (to.0 + 30.0, to.1))
            .await;
        page.until("[...document.querySelectorAll('.strip-pick')].map((one) => one.dataset.pick).join(' ') === '2 1 3 4'")
            .await;
        assert_eq!(page.script(scrolled).await, json!(0));
        let kept = page.script(&format!("return fetch('/reels/{NAME}', {{ cache: 'no-store' }}).then((one) => one.json()).then((one) => one.picks.map((pick) => pick.id))")).await;
        assert_eq!(kept, json!([2, 1, 3, 4]));
        // A tap chooses.
        page.touch(centre(1).await, Duration::ZERO, centre(1).await)
            .await;
        page.until("document.querySelector('.strip-pick[data-pick=\"1\"] [aria-current]')")
            .await;
        // A handle follows a finger at once.
        let before = page.text("#trim-out-code").await;
        let at = page.script("document.querySelector('.trim').scrollIntoView({ block: 'center' }); const { left, top, width } = document.querySelector('#trim-out').getBoundingClientRect(); return [left + width / 2, top + 20]").await;
        let at = (at[0].as_f64().unwrap(), at[1].as_f64().unwrap());
        page.touch(at, Duration::ZERO, (at.0 - 40.0, at.1)).await;
        told(page, "now lasts").await;
        assert_ne!(page.text("#trim-out-code").await, before);
    });
}
