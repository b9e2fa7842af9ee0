//! The words that captions use for each kind of scene.

use super::attributes::Kind;

/// How a colour goes with the noun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wearing {
    /// "an archer in yellow".
    Clothes,
    /// "a yellow flag".
    Adjective,
    /// "a sailing boat with yellow sails".
    Holding,
}

/// The words for a kind.
pub(super) struct Wording {
    /// Nouns for one, without article.
    pub(super) one: &'static [&'static str],
    /// The noun for several.
    pub(super) many: &'static str,
    /// What one does.
    pub(super) doing: &'static [&'static str],
    /// What several do.
    pub(super) doing_many: &'static [&'static str],
    /// What the scene is about.
    pub(super) topics: &'static [&'static str],
    /// How colours are told.
    pub(super) wearing: Wearing,
    /// What is coloured.
    pub(super) garment: &'static str,
    /// Whether the noun has no article.
    pub(super) is_mass: bool,
}

const fn athletes(
    one: &'static [&'static str],
    many: &'static str,
    doing: &'static [&'static str],
    topics: &'static [&'static str],
    garment: &'static str,
) -> Wording {
    Wording {
        one,
        many,
        doing,
        doing_many: doing,
        topics,
        wearing: Wearing::Clothes,
        garment,
        is_mass: false,
    }
}

const fn things(
    one: &'static [&'static str],
    many: &'static str,
    doing: &'static [&'static str],
    topics: &'static [&'static str],
    wearing: Wearing,
    garment: &'static str,
) -> Wording {
    Wording {
        wearing,
        ..athletes(one, many, doing, topics, garment)
    }
}

/// The words for `kind`.
pub(super) fn wording(kind: Kind) -> Wording {
    use Wearing::{Adjective, Holding};
    match kind {
        Kind::Archery => athletes(
            &["archer", "bowman"],
            "archers",
            &["drawing a bow", "aiming at a target", "shooting arrows"],
            &["archery", "an archery contest", "bow and arrow"],
            "kit",
        ),
        Kind::Boxing => athletes(
            &["boxer", "fighter"],
            "boxers",
            &[
                "in a boxing ring",
                "fighting in the ring",
                "throwing punches",
            ],
            &["boxing", "a boxing match", "a fight in the ring"],
            "kit",
        ),
        Kind::Swimming => athletes(
            &["swimmer"],
            "swimmers",
            &["in a pool", "swimming in lanes", "racing through the water"],
            &["swimming", "a swimming race", "a race in the pool"],
            "cap",
        ),
        Kind::Running => athletes(
            &["runner", "sprinter"],
            "runners",
            &["on the track", "sprinting", "running a race"],
            &["running", "a race on the track", "athletics"],
            "kit",
        ),
        Kind::Diving => athletes(
            &["diver"],
            "divers",
            &[
                "diving from a platform",
                "in the air above a pool",
                "jumping from a tower",
            ],
            &["diving", "platform diving", "a dive from the tower"],
            "swimsuit",
        ),
        Kind::Tennis => athletes(
            &["tennis player"],
            "tennis players",
            &["on a tennis court", "swinging a racket", "hitting the ball"],
            &["tennis", "a tennis match"],
            "shirt",
        ),
        Kind::Football => athletes(
            &["footballer", "football player"],
            "footballers",
            &["on the pitch", "playing the ball", "in front of a goal"],
            &["football", "a football match", "soccer"],
            "shirt",
        ),
        Kind::Rowing => things(
            &["rowing boat"],
            "rowing boats",
            &["on a lake", "rowing on the water"],
            &["rowing", "a rowing race", "a regatta of rowing boats"],
            Adjective,
            "boat",
        ),
        Kind::Gymnastics => athletes(
            &["gymnast"],
            "gymnasts",
            &[
                "on a balance beam",
                "balancing on a beam",
                "doing gymnastics",
            ],
            &["gymnastics", "a gymnast on the beam"],
            "leotard",
        ),
        Kind::Cycling => athletes(
            &["cyclist", "bike rider"],
            "cyclists",
            &["on a road", "riding a bicycle", "in a road race"],
            &["cycling", "a bicycle race"],
            "jersey",
        ),
        Kind::Skating => athletes(
            &["skater", "ice skater"],
            "skaters",
            &["on the ice", "gliding over the ice", "skating in a rink"],
            &["skating", "ice skating", "a rink"],
            "costume",
        ),
        Kind::Fencing => athletes(
            &["fencer"],
            "fencers",
            &["on a piste", "fencing with foils", "crossing blades"],
            &["fencing", "a fencing bout", "a duel with blades"],
            "suit",
        ),
        Kind::Weightlifting => athletes(
            &["weightlifter"],
            "weightlifters",
            &[
                "with a barbell",
                "lifting a barbell",
                "holding heavy weights",
            ],
            &["weightlifting", "a barbell being lifted"],
            "singlet",
        ),
        Kind::Basketball => athletes(
            &["basketball player"],
            "basketball players",
            &[
                "below the hoop",
                "throwing a ball at the basket",
                "on a basketball court",
            ],
            &["basketball", "a basketball game"],
            "vest",
        ),
        Kind::Skiing => athletes(
            &["skier"],
            "skiers",
            &["on a slope", "racing downhill", "between slalom gates"],
            &["skiing", "a ski race", "a slalom"],
            "ski suit",
        ),
        Kind::Sailing => things(
            &["sailing boat"],
            "sailing boats",
            &["at sea", "on the waves"],
            &["sailing", "a regatta at sea"],
            Holding,
            "sails",
        ),
        Kind::Podium => athletes(
            &["athlete"],
            "athletes",
            &[
                "on a podium",
                "at the medal ceremony",
                "standing on the winners' podium",
            ],
            &["a podium", "a medal ceremony", "the winners' podium"],
            "tracksuit",
        ),
        Kind::Flags => things(
            &["flag"],
            "flags",
            &["waving in the wind", "on a pole"],
            &["flags", "waving flags"],
            Adjective,
            "flags",
        ),
        Kind::Crowd => Wording {
            is_mass: true,
            ..things(
                &["spectators", "a cheering crowd", "fans"],
                "spectators",
                &["in the stands", "cheering"],
                &["a crowd", "spectators in the stands", "cheering fans"],
                Wearing::Clothes,
                "shirts",
            )
        },
        Kind::Interview => athletes(
            &["athlete"],
            "people",
            &[
                "giving an interview",
                "speaking into a microphone",
                "interviewed in front of a sponsor wall",
            ],
            &["an interview", "somebody speaking into a microphone"],
            "jacket",
        ),
        Kind::Scoreboard => things(
            &["scoreboard"],
            "scoreboards",
            &["with the results", "showing the score"],
            &["a scoreboard", "results on a board", "the score"],
            Adjective,
            "board",
        ),
        Kind::StadiumFromAbove => things(
            &["stadium seen from above", "stadium from the air"],
            "stadiums",
            &[],
            &["a stadium from above", "an aerial view of a stadium"],
            Holding,
            "seats",
        ),
        Kind::Torch => athletes(
            &["torch bearer", "runner with a torch"],
            "torch bearers",
            &[
                "carrying a burning torch",
                "in a torch relay",
                "with the flame",
            ],
            &["a torch relay", "the flame of a torch"],
            "kit",
        ),
        Kind::Rain => things(
            &["person in the rain"],
            "people in the rain",
            &[],
            &["umbrellas in the rain", "a street in the rain"],
            Holding,
            "umbrellas",
        ),
        Kind::Skyline => things(
            &["skyline at night", "city at night"],
            "skylines",
            &["with lit windows"],
            &["a city at night", "a skyline with lit windows"],
            Adjective,
            "city",
        ),
        Kind::SlowMotion => athletes(
            &["long jumper", "jumper"],
            "jumpers",
            &["in slow motion", "leaping in a slow-motion replay"],
            &["a slow-motion replay", "a jump in slow motion"],
            "kit",
        ),
        Kind::Slate => things(
            &["clapperboard", "film slate"],
            "clapperboards",
            &["before a take", "with scene and take"],
            &["a clapperboard", "a film slate"],
            Adjective,
            "slate",
        ),
        Kind::ColourBars => Wording {
            is_mass: true,
            ..things(
                &["colour bars", "a test picture with colour bars"],
                "colour bars",
                &[],
                &["colour bars", "a test picture"],
                Adjective,
                "bars",
            )
        },
        Kind::Countdown => things(
            &["film leader", "countdown leader"],
            "film leaders",
            &["counting down", "with a number in a circle"],
            &["a countdown", "a film leader"],
            Adjective,
            "leader",
        ),
        Kind::Fireworks => Wording {
            is_mass: true,
            ..things(
                &["fireworks"],
                "fireworks",
                &["in the night sky", "above the roofs"],
                &["fireworks", "fireworks in the night sky"],
                Adjective,
                "fireworks",
            )
        },
        Kind::Medal => things(
            &["gold medal", "medal"],
            "medals",
            &["on a ribbon", "hanging on its ribbon"],
            &["a medal", "a gold medal"],
            Holding,
            "ribbon",
        ),
        Kind::Studio => athletes(
            &["presenter"],
            "presenters",
            &["at a studio desk", "in a television studio"],
            &["a television studio", "presenters at a desk"],
            "jacket",
        ),
    }
}
