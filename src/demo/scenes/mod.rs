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

use tiny_skia::{Color, Pixmap};

use super::{attributes::Kind, attributes::Scene, lettering::Fonts, paint::Painter};
pub(crate) use view::{Look, View};

/// Below everything: black.
const BASE: Color = Color::BLACK;

/// Draws `scene` as it is at a time into the whole picture.
pub(crate) fn draw(pixmap: &mut Pixmap, fonts: &Fonts, scene: &Scene, look: &Look, seconds: f32) {
    // Shapes that meet with soft edges would let what was drawn before shine through.
    pixmap.fill(BASE);
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{super::dice::Dice, *};

    /// A small picture of a kind, as 8 × 8 fields of mean colours.
    fn fields(kind: Kind, fonts: &Fonts, seed: u64) -> Vec<[u32; 3]> {
        let dice = &mut Dice::new(seed, kind as u64);
        let mut scene = Scene::random_of(kind, dice);
        scene.shot_size = scene
            .shot_size
            .map(|_| super::super::attributes::ShotSize::Wide);
        let look = Look::random(dice);
        let mut pixmap = Pixmap::new(128, 72).unwrap();
        draw(&mut pixmap, fonts, &scene, &look, 1.3);
        let mut fields = vec![[0; 3]; 64];
        for (place, pixel) in pixmap.pixels().iter().enumerate() {
            let field = &mut fields[place / 128 / 9 * 8 + place % 128 / 16];
            field[0] += u32::from(pixel.red());
            field[1] += u32::from(pixel.green());
            field[2] += u32::from(pixel.blue());
        }
        fields
            .iter()
            .map(|field| field.map(|sum| sum / 144))
            .collect()
    }

    #[test]
    fn every_kind_draws_a_picture_of_its_own() {
        let fonts = Fonts::of_this_machine().unwrap();
        for seed in 0..4 {
            let pictures: Vec<_> = Kind::ALL
                .iter()
                .map(|kind| fields(*kind, &fonts, seed))
                .collect();
            for (number, picture) in pictures.iter().enumerate() {
                let colours: BTreeSet<_> = picture.iter().collect();
                assert!(colours.len() >= 8, "{:?} is uniform", Kind::ALL[number]);
                for other in &pictures[..number] {
                    let apart: u32 = picture
                        .iter()
                        .zip(other)
                        .flat_map(|(one, two)| {
                            (0..3).map(|channel| one[channel].abs_diff(two[channel]))
                        })
                        .sum();
                    assert!(
                        apart > 64 * 3 * 3,
                        "{:?} looks like another kind",
                        Kind::ALL[number]
                    );
                }
            }
        }
    }

    #[test]
    fn the_kit_colour_is_to_be_seen() {
        use super::super::attributes::{Colour, Daytime, ShotSize, Weather};
        let fonts = Fonts::of_this_machine().unwrap();
        let dice = &mut Dice::new(9, 0);
        for kind in Kind::ALL {
            let mut scene = Scene::random_of(*kind, dice);
            if scene.kit_colour.is_none() {
                continue;
            }
            scene.shot_size = scene.shot_size.map(|_| ShotSize::Medium);
            scene.weather = scene.weather.map(|_| Weather::Cloudy);
            scene.daytime = scene.daytime.map(|_| Daytime::Day);
            scene.second_colour = scene.second_colour.map(|_| Colour::White);
            let look = Look::random(dice);
            let mut magenta = |colour| {
                scene.kit_colour = Some(colour);
                let mut pixmap = Pixmap::new(96, 96).unwrap();
                draw(&mut pixmap, &fonts, &scene, &look, 1.0);
                pixmap
                    .pixels()
                    .iter()
                    .map(|pixel| (i32::from(pixel.red()) - i32::from(pixel.green())).max(0))
                    .sum::<i32>()
            };
            let (red, green) = (magenta(Colour::Red), magenta(Colour::Green));
            assert!(red > green + 2000, "{kind:?}: {red} against {green}");
        }
    }
}
