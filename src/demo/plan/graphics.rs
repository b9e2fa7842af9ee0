//! Letters over the picture: scores, names and timecode.

use super::{
    super::{attributes::Kind, dice::Dice, lettering::Face, truth::ScreenTextKind},
    Format, GraphicPlan, ShotPlan,
    recipe::Genre,
};

const FAMILY_NAMES: &[&str] = &[
    "KIM",
    "ELLISON",
    "LAURENT",
    "OKAFOR",
    "NOVAK",
    "TANAKA",
    "SILVA",
    "HANSEN",
    "MOREAU",
    "BIANCHI",
    "KOVACS",
    "RAHMAN",
    "WALSH",
    "MBEKI",
    "LINDQVIST",
    "ORTEGA",
];
const GIVEN_NAMES: &[&str] = &[
    "SOFIA", "DANIEL", "AMARA", "LUCAS", "YUNA", "PETER", "CLAIRE", "MATEO", "INGRID", "KENJI",
];
const NATIONS: &[&str] = &[
    "NOR", "KEN", "BRA", "JPN", "FRA", "CAN", "ITA", "GBR", "KOR", "NZL",
];

/// The letters of a film; the timecode of rushes counts from the film's own.
pub(super) fn graphics(
    genre: Genre,
    shots: &[ShotPlan],
    format: &Format,
    length: i64,
    dice: &mut Dice,
) -> Vec<GraphicPlan> {
    let face = *dice.pick(&Face::ALL[..4]);
    let plate = *dice.pick(&[0x14161c, 0x1c3f94, 0xf4f4f0, 0x5a2480, 0xd8b020]);
    let mut graphics = Vec::new();
    if genre == Genre::Rushes {
        let start = format.start_timecode.unwrap_or("00:00:00:00");
        graphics.push(GraphicPlan {
            kind: ScreenTextKind::Timecode,
            text: start.to_owned(),
            first: 0,
            end: length,
            face: Face::Typewriter,
            area: (0.33, 0.86, 0.34, 0.09),
            plate: 0x101014,
        });
    }
    if genre == Genre::Event {
        let (home, away) = (dice.below(8), 8 + dice.below(8));
        let changes = 2 + dice.below(3) as i64;
        let (mut one, mut two) = (dice.below(20), dice.below(20));
        for change in 0..changes {
            let (first, end) = (length * change / changes, length * (change + 1) / changes);
            graphics.push(GraphicPlan {
                kind: ScreenTextKind::Score,
                text: format!("{} {one}  {} {two}", FAMILY_NAMES[home], FAMILY_NAMES[away]),
                first,
                end,
                face,
                area: (0.04, 0.05, 0.42, 0.09),
                plate,
            });
            if dice.chance(0.5) {
                one += 1 + dice.below(9)
            } else {
                two += 1 + dice.below(9)
            }
        }
    }
    for shot in shots {
        let is_thing = matches!(
            shot.scene.kind,
            Kind::Flags | Kind::Sailing | Kind::Rowing | Kind::Rain
        );
        let is_shown = matches!(
            shot.scene.kind,
            Kind::Interview | Kind::Studio | Kind::Podium
        );
        let is_person = is_shown || (shot.scene.people == Some(1) && !is_thing);
        let first = shot.first + shot.opening_frames / 2 + format.frame_at(400);
        let end = (first + format.frame_at(2200)).min(shot.end - format.frame_at(600));
        if is_person
            && genre != Genre::Rushes
            && end - first > format.frame_at(900)
            && dice.chance(0.5)
        {
            graphics.push(GraphicPlan {
                kind: ScreenTextKind::Name,
                text: format!(
                    "{} {}  {}",
                    dice.pick(GIVEN_NAMES),
                    dice.pick(FAMILY_NAMES),
                    dice.pick(NATIONS)
                ),
                first,
                end,
                face,
                area: (0.06, 0.80, 0.52, 0.11),
                plate,
            });
        }
    }
    graphics
}
