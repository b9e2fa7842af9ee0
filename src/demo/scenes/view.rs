//! What a drawing function works with: attributes, chance that stays the same through a shot, places.

use super::super::{
    attributes::{Colour, Daytime, Kind, Scene, ShotSize, Side, Weather},
    dice::{Dice, scatter},
    figure::{Dress, Figure, Headwear, Pose},
    lettering::Fonts,
    paint::{Camera, Ink, Place, ink},
};

/// What differs between two shots of the same scene.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Look {
    /// What all small variety hangs on.
    pub(crate) seed: u32,
    /// How fast the camera moves, in heights of the picture per second.
    pub(crate) drift: Place,
    /// How fast it zooms: 0.02 is 2 % per second.
    pub(crate) zoom_per_second: f32,
    /// A little nearer or farther than the shot size says.
    pub(crate) zoom: f32,
    /// What is left of red, green and blue.
    pub(crate) tint: [f32; 3],
}

impl Look {
    /// Any look.
    pub(crate) fn random(dice: &mut Dice) -> Self {
        let brightness = dice.between(0.86, 1.08);
        let warmth = dice.between(-0.05, 0.05);
        Self {
            seed: dice.seed() as u32,
            drift: (dice.between(-0.018, 0.018), dice.between(-0.004, 0.004)),
            zoom_per_second: dice.between(-0.008, 0.02),
            zoom: dice.between(0.92, 1.12),
            tint: [
                brightness * (1.0 + warmth),
                brightness,
                brightness * (1.0 - warmth),
            ],
        }
    }
}

/// One scene at one time.
pub(crate) struct View<'a> {
    /// Its attributes.
    pub(crate) scene: &'a Scene,
    /// The time since the shot began.
    pub(crate) seconds: f32,
    /// For letters in the picture.
    pub(crate) fonts: &'a Fonts,
    look: &'a Look,
}

/// Where people stand and where a camera looks for its nearer shots.
struct Stage {
    /// Where feet are, or the waterline.
    ground: f32,
    /// How tall a person is.
    height: f32,
    /// What is in the middle of a medium shot.
    medium: f32,
    /// What is in the middle of a close-up.
    close: f32,
    /// The zoom of a medium shot and of a close-up.
    zooms: (f32, f32),
}

fn stage(kind: Kind) -> Stage {
    let (ground, height, medium, close, zooms) = match kind {
        Kind::Swimming => (0.66, 0.36, 0.62, 0.63, (1.7, 3.0)),
        Kind::Diving => (0.84, 0.30, 0.40, 0.40, (1.7, 2.4)),
        Kind::Rowing => (0.70, 0.26, 0.63, 0.60, (1.6, 2.6)),
        Kind::Sailing => (0.72, 0.26, 0.52, 0.50, (1.4, 2.2)),
        Kind::Gymnastics => (0.62, 0.36, 0.46, 0.38, (1.7, 3.0)),
        Kind::Cycling => (0.82, 0.36, 0.68, 0.58, (1.7, 3.0)),
        Kind::Skiing => (0.74, 0.34, 0.60, 0.53, (1.7, 3.0)),
        Kind::Podium => (0.66, 0.32, 0.56, 0.42, (1.5, 2.7)),
        Kind::Flags => (0.90, 0.36, 0.40, 0.34, (1.3, 1.9)),
        Kind::Crowd => (0.70, 0.36, 0.60, 0.58, (1.6, 2.8)),
        Kind::Interview => (0.98, 0.62, 0.72, 0.67, (1.25, 1.9)),
        Kind::Scoreboard => (0.90, 0.36, 0.42, 0.36, (1.25, 1.7)),
        Kind::Medal => (0.90, 0.50, 0.52, 0.60, (1.25, 1.8)),
        Kind::Studio => (0.92, 0.60, 0.64, 0.60, (1.3, 2.0)),
        Kind::Skating => (0.82, 0.37, 0.64, 0.60, (1.6, 2.4)),
        Kind::Fencing => (0.82, 0.37, 0.64, 0.60, (1.6, 2.3)),
        Kind::Torch => (0.84, 0.38, 0.62, 0.52, (1.6, 2.7)),
        Kind::Rain => (0.86, 0.38, 0.64, 0.52, (1.6, 2.7)),
        Kind::Basketball => (0.86, 0.38, 0.62, 0.54, (1.6, 2.8)),
        Kind::SlowMotion => (0.82, 0.36, 0.46, 0.42, (1.5, 2.1)),
        Kind::Weightlifting => (0.82, 0.40, 0.58, 0.46, (1.6, 2.6)),
        _ => (0.82, 0.37, 0.63, 0.54, (1.75, 3.1)),
    };
    Stage {
        ground,
        height,
        medium,
        close,
        zooms,
    }
}

impl<'a> View<'a> {
    pub(super) fn new(scene: &'a Scene, look: &'a Look, seconds: f32, fonts: &'a Fonts) -> Self {
        Self {
            scene,
            seconds,
            fonts,
            look,
        }
    }

    /// The camera at this time.
    pub(super) fn camera(&self) -> Camera {
        let stage = stage(self.scene.kind);
        let (base, focus) = match self.scene.shot_size {
            Some(ShotSize::Medium) => (stage.zooms.0, stage.medium),
            Some(ShotSize::CloseUp) => (stage.zooms.1, stage.close),
            _ => (1.0, 0.5),
        };
        let look = self.look;
        let free = self.scene.kind.traits_framed();
        if !free {
            return Camera {
                centre: (0.0, 0.5),
                zoom: 1.0,
            };
        }
        let zoom = base
            * look.zoom.max(if base > 1.0 { 0.0 } else { 1.0 })
            * (1.0 + look.zoom_per_second * self.seconds).clamp(0.8, 1.3);
        let side = if base > 1.0 {
            -self.side_sign() * 0.23 / zoom
        } else {
            0.0
        };
        let drift = |speed: f32| (speed * self.seconds).clamp(-0.06, 0.06) / zoom;
        Camera {
            centre: (side + drift(look.drift.0), focus + drift(look.drift.1)),
            zoom,
        }
    }

    fn side_sign(&self) -> f32 {
        match self.scene.side {
            Some(Side::Left) => -1.0,
            Some(Side::Right) => 1.0,
            _ => 0.0,
        }
    }

    /// What is left of the light's red, green and blue: at night little, and that bluish.
    pub(super) fn light(&self) -> [f32; 3] {
        let tint = self.look.tint;
        let weather = match self.scene.weather {
            Some(Weather::Sunny) => [1.04, 1.02, 0.97],
            Some(Weather::Cloudy) => [0.90, 0.91, 0.93],
            Some(Weather::Rain) => [0.78, 0.82, 0.88],
            Some(Weather::Snow) => [0.92, 0.95, 1.0],
            None => [1.0; 3],
        };
        let night = if self.is_night() {
            [0.64, 0.66, 0.80]
        } else {
            [1.0; 3]
        };
        std::array::from_fn(|channel| tint[channel] * weather[channel] * night[channel])
    }

    /// Whether it is dark.
    pub(super) fn is_night(&self) -> bool {
        self.scene.daytime == Some(Daytime::Night)
    }

    /// Whether that is the weather.
    pub(super) fn is_weather(&self, weather: Weather) -> bool {
        self.scene.weather == Some(weather)
    }

    /// A number of 0 to 1 that stays through the shot.
    pub(super) fn chance(&self, salt: u32) -> f32 {
        scatter(self.look.seed, salt)
    }

    /// A number of `low` to `high` that stays through the shot.
    pub(super) fn varied(&self, salt: u32, low: f32, high: f32) -> f32 {
        low + (high - low) * self.chance(salt)
    }

    /// One of `choices`, the same through the shot.
    pub(super) fn pick<T: Copy>(&self, salt: u32, choices: &[T]) -> T {
        let index = (self.chance(salt) * choices.len() as f32) as usize;
        choices[index.min(choices.len() - 1)]
    }

    /// The main colour.
    pub(super) fn kit(&self) -> Ink {
        self.dye(self.scene.kit_colour.unwrap_or(Colour::Red), 901)
    }

    /// The other colour.
    pub(super) fn second(&self) -> Ink {
        match self.scene.second_colour {
            Some(colour) => self.dye(colour, 907),
            None => ink(0x4a4f5c),
        }
    }

    fn dye(&self, colour: Colour, salt: u32) -> Ink {
        let code = match colour {
            Colour::Red => 0xd81e28,
            Colour::Orange => 0xf58216,
            Colour::Yellow => 0xf7d51d,
            Colour::Green => 0x1f9a44,
            Colour::Turquoise => 0x22c3c0,
            Colour::Blue => 0x1c55c8,
            Colour::Purple => 0x7a2fa6,
            Colour::Pink => 0xf477b4,
            Colour::White => 0xf6f6f4,
            Colour::Black => 0x1b1b20,
        };
        let bright = if colour == Colour::Black { 0.0 } else { 0.10 };
        ink(code).shade(self.varied(salt, 1.0 - bright, 1.0 + bright))
    }

    /// Where the subject is, from the middle of the picture.
    pub(super) fn subject_x(&self) -> f32 {
        match self.scene.shot_size {
            Some(ShotSize::Wide) => self.side_sign() * 0.25,
            _ => 0.0,
        }
    }

    /// How many people there are.
    pub(super) fn people(&self) -> usize {
        usize::from(self.scene.people.unwrap_or(1))
    }

    /// 1 where the subject faces right, -1 where left.
    pub(super) fn facing(&self) -> f32 {
        match self.scene.side {
            // A picture leaves room in front of its subject.
            Some(Side::Left) => 1.0,
            Some(Side::Right) => -1.0,
            _ if self.chance(911) < 0.5 => 1.0,
            _ => -1.0,
        }
    }

    /// Where feet are.
    pub(super) fn ground(&self) -> f32 {
        stage(self.scene.kind).ground
    }

    /// How tall people are.
    pub(super) fn height(&self) -> f32 {
        stage(self.scene.kind).height
    }

    /// The places of all people, side by side `gap` apart, those farther back first.
    pub(super) fn places(&self, gap: f32) -> Vec<Place> {
        let count = self.people();
        let middle = (count as f32 - 1.0) / 2.0;
        (0..count)
            .map(|index| {
                let x = self.subject_x() + (index as f32 - middle) * gap;
                (x, self.ground() + if index % 2 == 0 { 0.0 } else { 0.012 })
            })
            .collect()
    }

    /// A skin colour for a person.
    pub(super) fn skin(&self, person: usize) -> Ink {
        self.pick(
            930 + person as u32,
            &[
                ink(0xf2c9a5),
                ink(0xe0aa80),
                ink(0xc68a5c),
                ink(0x9a6238),
                ink(0x6b4226),
                ink(0x4a2d1b),
            ],
        )
    }

    /// A person of the main team at the scene's facing; joints, clothes and colours may be changed.
    pub(super) fn figure(&self, person: usize, hip: Place, pose: Pose) -> Figure {
        Figure {
            hip,
            height: self.height() * self.varied(940 + person as u32, 0.95, 1.05),
            facing: self.facing(),
            is_front: false,
            turn: 0.0,
            pose,
            kit: self.kit(),
            second: self.second(),
            skin: self.skin(person),
            hair: self.pick(
                950 + person as u32,
                &[
                    ink(0x2a1c14),
                    ink(0x17130f),
                    ink(0x6b4423),
                    ink(0xc9a250),
                    ink(0x8a3b1c),
                    ink(0x9a9a98),
                ],
            ),
            dress: Dress::Shorts,
            headwear: Headwear::Hair,
        }
    }

    /// The same person as an opponent: colours swapped and facing the other way.
    pub(super) fn opponent(&self, person: usize, hip: Place, pose: Pose) -> Figure {
        let figure = self.figure(person, hip, pose);
        Figure {
            kit: self.second(),
            second: self.kit().mix(ink(0x30303a), 0.7),
            facing: -figure.facing,
            ..figure
        }
    }

    /// A wave of -1 to 1 that goes round `per_second` times, shifted by `phase` turns.
    pub(super) fn wave(&self, per_second: f32, phase: f32) -> f32 {
        (std::f32::consts::TAU * (self.seconds * per_second + phase)).sin()
    }
}

impl Kind {
    /// Whether a camera may move and come near.
    fn traits_framed(self) -> bool {
        !matches!(self, Self::ColourBars | Self::Countdown)
    }
}
