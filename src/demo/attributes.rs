//! What a scene shows: its kind and the attributes that descriptions name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::dice::Dice;

/// Defines an enum of words that are written in `snake_case`, with a list of all.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident,)+ }) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// All of them, in order.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];
        }
    };
}

words! {
    /// What happens in a scene.
    Kind {
        /// Archers shoot at targets.
        Archery,
        /// Two boxers in a ring.
        Boxing,
        /// Swimmers in lanes of a pool.
        Swimming,
        /// Runners on a track.
        Running,
        /// A diver in the air above a pool.
        Diving,
        /// Tennis on a court.
        Tennis,
        /// Football on a pitch.
        Football,
        /// A rowing boat.
        Rowing,
        /// A gymnast on the rings, the beam or the floor.
        Gymnastics,
        /// Cyclists on a road.
        Cycling,
        /// Skaters on ice.
        Skating,
        /// Two fencers on a piste.
        Fencing,
        /// A weightlifter with a barbell.
        Weightlifting,
        /// Basketball below a hoop.
        Basketball,
        /// A skier on a slope.
        Skiing,
        /// Sailing boats at sea.
        Sailing,
        /// Three athletes on a podium.
        Podium,
        /// Flags in the wind.
        Flags,
        /// Spectators.
        Crowd,
        /// Somebody speaks into a microphone.
        Interview,
        /// A scoreboard.
        Scoreboard,
        /// A stadium seen from above.
        StadiumFromAbove,
        /// A runner with a burning torch.
        Torch,
        /// People with umbrellas in a street.
        Rain,
        /// A city at night.
        Skyline,
        /// A jump in slow motion, with its trail.
        SlowMotion,
        /// A clapperboard.
        Slate,
        /// A test picture.
        ColourBars,
        /// A film leader that counts down.
        Countdown,
        /// Fireworks.
        Fireworks,
        /// A medal on its ribbon.
        Medal,
        /// Presenters at a desk.
        Studio,
    }
}

words! {
    /// The colour of a kit, a flag, a sail and the like.
    Colour {
        /// Red.
        Red,
        /// Orange.
        Orange,
        /// Yellow.
        Yellow,
        /// Green.
        Green,
        /// Turquoise.
        Turquoise,
        /// Blue.
        Blue,
        /// Purple.
        Purple,
        /// Pink.
        Pink,
        /// White.
        White,
        /// Black.
        Black,
    }
}

words! {
    /// Where in the picture the subject is.
    Side {
        /// In the left third.
        Left,
        /// In the middle.
        Centre,
        /// In the right third.
        Right,
    }
}

words! {
    /// Weather of scenes in the open air.
    Weather {
        /// Blue sky.
        Sunny,
        /// Grey sky.
        Cloudy,
        /// Falling rain.
        Rain,
        /// Falling snow.
        Snow,
    }
}

words! {
    /// When a scene in the open air takes place.
    Daytime {
        /// In daylight.
        Day,
        /// After dark.
        Night,
    }
}

words! {
    /// How near the camera seems.
    ShotSize {
        /// The subject and its surroundings.
        Wide,
        /// The whole subject fills the picture.
        Medium,
        /// Head and shoulders, or a detail.
        CloseUp,
    }
}

/// What one shot shows; an attribute is absent where it makes no sense for the kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scene {
    /// What happens.
    pub kind: Kind,
    /// The main colour: of the kit, or of the thing shown.
    pub kit_colour: Option<Colour>,
    /// The other colour: the opponent's kit where two meet, else the trim.
    pub second_colour: Option<Colour>,
    /// People, boats or flags to be seen, 1 to 6.
    pub people: Option<u8>,
    /// Where the subject is.
    pub side: Option<Side>,
    /// The weather.
    pub weather: Option<Weather>,
    /// Day or night.
    pub daytime: Option<Daytime>,
    /// How near the camera is.
    pub shot_size: Option<ShotSize>,
}

/// Which attributes a kind has.
struct Traits {
    /// Whether there is a kit colour.
    kit: bool,
    /// Whether there is a second one.
    second: bool,
    /// Fewest and most people; none where both are 0.
    people: (u8, u8),
    /// Whether it takes place under the sky.
    open_air: bool,
    /// Whether the subject may stand to a side and be near or far.
    framed: bool,
}

const fn traits(kit: bool, second: bool, people: (u8, u8), open_air: bool, framed: bool) -> Traits {
    Traits {
        kit,
        second,
        people,
        open_air,
        framed,
    }
}

impl Kind {
    /// Its name in `snake_case`, as in truth files and rules of grammars.
    pub fn name(self) -> String {
        let mut name = String::new();
        for letter in format!("{self:?}").chars() {
            if letter.is_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.extend(letter.to_lowercase());
        }
        name
    }

    fn traits(self) -> Traits {
        use Kind::*;
        match self {
            Archery => traits(true, true, (1, 4), true, true),
            Boxing | Fencing => traits(true, true, (2, 2), false, true),
            Swimming => traits(true, true, (1, 4), false, true),
            Running => traits(true, true, (1, 6), true, true),
            Diving | Skating => traits(true, true, (1, 2), false, true),
            Tennis => traits(true, true, (1, 2), true, true),
            Football => traits(true, true, (2, 6), true, true),
            Rowing => traits(true, true, (1, 3), true, true),
            Gymnastics | Weightlifting => traits(true, true, (1, 1), false, true),
            Cycling => traits(true, true, (1, 4), true, true),
            Basketball => traits(true, true, (1, 4), false, true),
            Skiing | SlowMotion | Torch => traits(true, true, (1, 1), true, true),
            Sailing => traits(true, true, (1, 3), true, true),
            Podium => traits(true, true, (3, 3), false, true),
            Flags => traits(true, true, (1, 4), true, true),
            Crowd => traits(true, false, (0, 0), true, true),
            Interview => traits(true, true, (1, 2), true, true),
            Scoreboard => traits(true, false, (0, 0), true, true),
            StadiumFromAbove => traits(true, false, (0, 0), true, false),
            Rain => traits(true, false, (1, 4), true, true),
            Fireworks => traits(true, true, (0, 0), false, false),
            Medal => traits(true, true, (0, 0), false, true),
            Studio => traits(true, true, (1, 2), false, true),
            Skyline | Slate | ColourBars | Countdown => traits(false, false, (0, 0), false, false),
        }
    }

    /// Whether some of its combinations are held out.
    pub(super) fn can_be_held_out(self) -> bool {
        let traits = self.traits();
        traits.kit && traits.framed
    }

    /// Whether the second colour is an opponent's.
    pub(super) fn is_versus(self) -> bool {
        use Kind::*;
        matches!(self, Boxing | Fencing | Football | Basketball | Tennis)
    }
}

impl Scene {
    /// Any scene of `kind`.
    pub(crate) fn random_of(kind: Kind, dice: &mut Dice) -> Self {
        let traits = kind.traits();
        let shot_size = traits.framed.then(|| *dice.pick(ShotSize::ALL));
        let people = (traits.people.1 > 0).then(|| {
            let (fewest, most) = traits.people;
            // A close-up has no room for more.
            let most = match shot_size {
                Some(ShotSize::CloseUp) => most.min(2),
                Some(ShotSize::Medium) => most.min(4),
                _ => most,
            };
            let most = most.max(fewest);
            fewest + dice.below(usize::from(most - fewest) + 1) as u8
        });
        let kit_colour = traits.kit.then(|| *dice.pick(Colour::ALL));
        let second_colour = traits.second.then(|| {
            let others: Vec<_> = Colour::ALL
                .iter()
                .filter(|colour| Some(**colour) != kit_colour)
                .collect();
            **dice.pick(&others)
        });
        // One opponent alone is not to be seen.
        let alone = kind.is_versus() && people == Some(1);
        let side = (traits.framed && people.is_none_or(|people| people <= 2))
            .then(|| *dice.pick(Side::ALL));
        let daytime = traits.open_air.then(|| *dice.pick(Daytime::ALL));
        let weather = traits.open_air.then(|| match kind {
            Kind::Rain => Weather::Rain,
            Kind::Skiing => *dice.pick(&[Weather::Sunny, Weather::Cloudy, Weather::Snow]),
            Kind::Sailing | Kind::Rowing => {
                *dice.pick(&[Weather::Sunny, Weather::Cloudy, Weather::Rain])
            }
            _ => *dice.pick(Weather::ALL),
        });
        Self {
            kind,
            kit_colour,
            second_colour: second_colour.filter(|_| !alone),
            people,
            side: side.filter(|_| !matches!(kind, Kind::Crowd | Kind::Scoreboard)),
            weather,
            daytime,
            shot_size,
        }
    }

    /// Whether the scene is kept out of training: [`is_held_out`] of its three attributes.
    pub fn is_held_out(&self) -> bool {
        is_held_out(self.kind, self.kit_colour, self.shot_size)
    }
}

/// Whether a combination is kept out of training, so that finding it shows understanding.
///
/// With the places of kind, colour and size in their lists counted from 0, it is kept out where
/// `3 × kind + 2 × colour + size` leaves the rest 0 when divided by 7: one combination in seven,
/// so that each kind, each colour and each size alone stays well known. A kind without a colour
/// or a size has too few pictures to do without one and is never kept out.
pub fn is_held_out(kind: Kind, kit_colour: Option<Colour>, shot_size: Option<ShotSize>) -> bool {
    let (Some(colour), Some(size)) = (kit_colour, shot_size) else {
        return false;
    };
    (3 * kind as usize + 2 * colour as usize + size as usize).is_multiple_of(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seventh_of_the_combinations_is_held_out_and_no_kind_colour_or_size_wholly() {
        let mut held_out = Vec::new();
        let mut count = 0;
        for kind in Kind::ALL {
            for colour in Colour::ALL {
                for size in ShotSize::ALL {
                    count += 1;
                    if is_held_out(*kind, Some(*colour), Some(*size)) {
                        held_out.push((kind, colour, size));
                    }
                }
            }
        }
        let share = held_out.len() as f32 / count as f32;
        assert!((share - 1.0 / 7.0).abs() < 0.02, "{share}");
        for kind in Kind::ALL {
            let of_kind = held_out.iter().filter(|(held, ..)| held == &kind).count();
            assert!((1..=8).contains(&of_kind), "{kind:?}: {of_kind} of 30");
        }
    }

    #[test]
    fn names_are_the_serialised_ones() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::json!(kind), serde_json::json!(kind.name()));
        }
    }

    #[test]
    fn every_kind_is_drawn_by_chance_with_fitting_attributes() {
        let mut dice = Dice::new(1, 0);
        for kind in Kind::ALL {
            for _ in 0..50 {
                let scene = Scene::random_of(*kind, &mut dice);
                assert_eq!(scene.kind, *kind);
                assert!(scene.people.is_none_or(|people| (1..=6).contains(&people)));
                assert!(scene.kit_colour.is_none() || scene.kit_colour != scene.second_colour);
            }
        }
    }
}
