//! The picture: size against speed, with the line that nothing measured beats on both.

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;
use std::path::Path;

use crate::Results;

const OURS: RGBColor = RGBColor(0xC0, 0x39, 0x2B);
const PEER: RGBColor = RGBColor(0x44, 0x55, 0x66);
const FRONT: RGBColor = RGBColor(0xB0, 0xB8, 0xC0);
/// Room that a label takes, in pixels.
const LABEL: (i32, i32) = (80, 11);

/// One tool at one speed.
struct Point {
    name: String,
    ours: bool,
    speed: f64,
    /// Percent of the original size.
    percent: f64,
}

/// Draws both panels, compression and decompression, to an SVG.
///
/// # Errors
/// A file that cannot be written.
pub fn frontier(results: &Results, path: &Path) -> Result<()> {
    let points = |speed: fn(&crate::report::Total) -> f64| -> Vec<Point> {
        let tools = results.tools.iter().enumerate();
        tools
            .map(|(index, tool)| {
                let total = results.total(index, None);
                let percent = 100.0 * total.size as f64 / total.original as f64;
                Point { name: tool.name.clone(), ours: tool.ours, speed: speed(&total), percent }
            })
            .collect()
    };
    let root = SVGBackend::new(path, (1100, 520)).into_drawing_area();
    let draw = || -> Result<(), DrawingAreaErrorKind<std::io::Error>> {
        root.fill(&WHITE)?;
        let (left, right) = root.split_horizontally(550);
        panel(&left, "compression", &points(crate::report::Total::compress_speed))?;
        panel(&right, "decompression", &points(crate::report::Total::decompress_speed))?;
        root.present()
    };
    draw().map_err(|error| anyhow!("drawing {}: {error}", path.display()))
}

fn panel(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    what: &str,
    points: &[Point],
) -> Result<(), DrawingAreaErrorKind<std::io::Error>> {
    let span = |value: fn(&Point) -> f64| {
        let values = points.iter().map(value);
        values.fold((f64::MAX, 0.0f64), |(low, high), v| (low.min(v), high.max(v)))
    };
    let ((slow, fast), (small, large)) = (span(|p| p.speed), span(|p| p.percent));
    let margin = ((large - small) * 0.08).max(0.5);
    let mut chart = ChartBuilder::on(area)
        .caption(format!("{what}: smaller is lower, faster is right"), ("sans-serif", 16))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(52)
        .build_cartesian_2d((slow / 1.6..fast * 2.2).log_scale(), small - margin..large + margin)?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_desc(format!("{what} speed, MB/s of CPU time (logarithmic)"))
        .y_desc("size, % of the original")
        .x_label_formatter(&|v| if *v < 1.0 { format!("{v:.1}") } else { format!("{v:.0}") })
        .draw()?;
    chart.draw_series(LineSeries::new(pareto(points), FRONT.stroke_width(2)))?;
    let mut labels: Vec<(i32, i32)> = Vec::new();
    for point in points {
        let color = if point.ours { OURS } else { PEER };
        let at = (point.speed, point.percent);
        let (x, y) = chart.backend_coord(&at);
        let free =
            |shift: &i32| labels.iter().all(|&(a, b)| (a - x).abs() > LABEL.0 || (b - y - shift).abs() > LABEL.1);
        let shift = [-6, 8, -20].into_iter().find(free).unwrap_or(-6);
        labels.push((x, y + shift));
        chart.draw_series(std::iter::once(
            EmptyElement::at(at)
                + Circle::new((0, 0), if point.ours { 5 } else { 3 }, color.filled())
                + Text::new(point.name.clone(), (7, shift), ("sans-serif", 13).into_font().color(&color)),
        ))?;
    }
    Ok(())
}

/// The points that no other beats in both size and speed, fastest first.
fn pareto(points: &[Point]) -> Vec<(f64, f64)> {
    let mut all: Vec<_> = points.iter().map(|point| (point.speed, point.percent)).collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut smallest = f64::MAX;
    all.retain(|&(_, percent)| {
        let ahead = percent < smallest;
        smallest = smallest.min(percent);
        ahead
    });
    all
}
