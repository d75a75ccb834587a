//! The pictures of the report, as SVG.

use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::*;

use crate::failure::Failure;

const OURS: RGBColor = RGBColor(0x1f, 0x6f, 0xb2);
const PEERS: RGBColor = RGBColor(0xa9, 0xb4, 0xbf);
const FLOORS: RGBColor = RGBColor(0xe3, 0xc9, 0x8f);

/// Width of a picture, in pixels.
const WIDTH: u32 = 640;
/// Height of one bar with its distance to the next, in pixels.
const BAR_HEIGHT: u32 = 22;
/// Where bars begin, in pixels: what is left of it is for names.
const BARS_AT: i32 = 230;

/// The course of one figure, the oldest value first.
pub(super) fn course(values: &[u64]) -> Result<String, Failure> {
    let low = values.iter().copied().min().unwrap_or(0) as f64;
    let high = values.iter().copied().max().unwrap_or(0) as f64;
    // A change of 1 % is to be seen, and one of 0.01 % is not to fill the picture.
    let margin = ((high - low) * 0.1).max(high * 0.005).max(0.5);
    let last = values.len().saturating_sub(1).max(1);
    drawn((240, 48), |area| {
        let mut chart =
            ChartBuilder::on(area).margin(5).build_cartesian_2d(0..last, low - margin..high + margin)?;
        let points = || values.iter().map(|&value| value as f64).enumerate();
        chart.draw_series(LineSeries::new(points(), OURS.stroke_width(2)))?;
        chart.draw_series(points().map(|point| Circle::new(point, 2, OURS.filled())))?;
        Ok(())
    })
}

/// Whose way to do something a bar stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Ours,
    Peers,
    /// Nobody's: it does less than what is asked for, and so shows what can be reached.
    Floor,
}

/// One bar of a picture.
pub(super) struct Bar {
    pub(super) name: String,
    pub(super) ns: f64,
    pub(super) whose: Whose,
}

/// Times beside one another, the shortest first.
pub(super) fn bars(bars: &[Bar]) -> Result<String, Failure> {
    let longest = bars.iter().map(|bar| bar.ns).fold(f64::MIN_POSITIVE, f64::max);
    let room = f64::from(WIDTH) - f64::from(BARS_AT) - 90.0;
    let height = BAR_HEIGHT * u32::try_from(bars.len()).expect("a handful of peers");
    drawn((WIDTH, height.max(1)), |area| {
        for (at, bar) in (0..).zip(bars) {
            let top = at * BAR_HEIGHT as i32 + 3;
            let end = BARS_AT + (bar.ns / longest * room).round() as i32;
            let style = match bar.whose {
                Whose::Ours => OURS,
                Whose::Peers => PEERS,
                Whose::Floor => FLOORS,
            };
            let font = ("sans-serif", 13).into_font();
            area.draw(&Rectangle::new([(BARS_AT, top), (end.max(BARS_AT + 1), top + 15)], style.filled()))?;
            area.draw(&Text::new(bar.name.clone(), (2, top + 1), font.clone()))?;
            area.draw(&Text::new(format!("{} ns", figure(bar.ns)), (end + 6, top + 1), font))?;
        }
        Ok(())
    })
}

/// Three digits that count.
fn figure(ns: f64) -> String {
    match ns {
        ..10.0 => format!("{ns:.2}"),
        10.0..100.0 => format!("{ns:.1}"),
        _ => format!("{ns:.0}"),
    }
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type DrawingError<'a> = DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>;

fn drawn(
    size: (u32, u32),
    draw: impl for<'a> FnOnce(&Area<'a>) -> Result<(), DrawingError<'a>>,
) -> Result<String, Failure> {
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
    draw(&area)
        .and_then(|()| area.present())
        .map_err(|error| Failure::new(format_args!("cannot draw: {error}")))?;
    drop(area);
    Ok(svg)
}
