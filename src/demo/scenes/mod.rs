//! Drawings: one small function for each kind of scene, given its attributes, a look and a time.

mod court;
mod festival;
mod field;
mod graphics;
mod people;
mod places;
mod ring;
mod road;
mod setting;
mod street;
mod studio;
mod view;
mod water;

use tiny_skia::Pixmap;

use super::{attributes::Kind, attributes::Scene, lettering::Fonts, paint::Painter};
pub(crate) use view::{Look, View};

/// Draws `scene` as it is at a time into the whole picture.
pub(crate) fn draw(pixmap: &mut Pixmap, fonts: &Fonts, scene: &Scene, look: &Look, seconds: f32) {
    let view = View::new(scene, look, seconds, fonts);
    let mut painter = Painter::new(pixmap, view.camera(), view.light());
    let draw = match scene.kind {
        Kind::Archery => field::archery,
        Kind::Football => field::football,
        Kind::Running => field::running,
        Kind::SlowMotion => field::slow_motion,
        Kind::Boxing => ring::boxing,
        Kind::Fencing => ring::fencing,
        Kind::Gymnastics => ring::gymnastics,
        Kind::Weightlifting => ring::weightlifting,
        Kind::Swimming => water::swimming,
        Kind::Diving => water::diving,
        Kind::Rowing => water::rowing,
        Kind::Sailing => water::sailing,
        Kind::Tennis => court::tennis,
        Kind::Basketball => court::basketball,
        Kind::Skating => court::skating,
        Kind::Cycling => road::cycling,
        Kind::Skiing => road::skiing,
        Kind::Torch => street::torch,
        Kind::Rain => street::rain,
        Kind::Podium => festival::podium,
        Kind::Medal => festival::medal,
        Kind::Flags => festival::flags,
        Kind::Fireworks => festival::fireworks,
        Kind::Crowd => people::crowd,
        Kind::Interview => people::interview,
        Kind::Studio => studio::studio,
        Kind::Scoreboard => studio::scoreboard,
        Kind::StadiumFromAbove => places::stadium_from_above,
        Kind::Skyline => places::skyline,
        Kind::Slate => graphics::slate,
        Kind::ColourBars => graphics::colour_bars,
        Kind::Countdown => graphics::countdown,
    };
    draw(&mut painter, &view);
    setting::precipitation(&mut painter, &view);
}
