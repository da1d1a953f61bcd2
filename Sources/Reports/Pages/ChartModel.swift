import Kernel
import Web

/// A picture for the template: every part with its place.
struct ChartModel {
    let model: Model

    init(_ chart: Chart, id: String, title: String, _ words: ReportWords) {
        var model: Model = ["id": id, "title": title, "bars": false, "strips": false, "heat": false]
        switch chart {
        case .bars(let bars): model["bars"] = Self.bars(bars, words)
        case .strips(let strips): model["strips"] = Self.strips(strips, words)
        case .heat(let heat): model["heat"] = Self.heat(heat, words)
        }
        self.model = model
    }

    private static func said(_ value: Int, isTime: Bool, _ words: ReportWords) -> String {
        isTime ? words.length(value) : words.text.number(value)
    }

    private static func bars(_ bars: Chart.Bars, _ words: ReportWords) -> Model {
        let sums = bars.labels.indices.map { slot in bars.series.reduce(0) { $0 + $1.values[slot] } }
        let largest = bars.isStacked ? sums.max() ?? 0 : bars.series.flatMap(\.values).max() ?? 0
        // Times are drawn by whole hours.
        let unit = bars.isTime && largest > 120 ? 60 : 1
        let scale = Layout.scale((largest + unit - 1) / unit)
        let top = scale.top * unit
        let boxes = Layout.bars(bars, top: top)
        let labels = bars.labels.map { cut($0, 18) }
        let every = Layout.labelled(labels.count, longest: labels.map(\.count).max() ?? 1)
        var drawn: [Model] = []
        for (series, places) in zip(bars.series, boxes) {
            for (slot, box) in places.enumerated() {
                guard let box else { continue }
                let drill = slot < series.drills.count ? series.drills[slot] : nil
                drawn.append([
                    "x": box.x, "y": box.y, "width": box.width, "height": box.height, "fill": series.fill.rawValue,
                    "href": drill?.href ?? "",
                    "said": words(
                        "chart.bar",
                        [
                            "name": bars.names[slot], "series": series.name,
                            "value": said(series.values[slot], isTime: bars.isTime, words),
                        ]),
                ])
            }
        }
        return [
            "grid": stride(from: 0, through: scale.top, by: scale.step).map { line in
                [
                    "y": Layout.y(line * unit, top), "below": Layout.y(line * unit, top) + 4,
                    "words": words.text.number(line), "floor": line == 0,
                ] as Model
            },
            "unit": bars.isTime ? words(unit == 60 ? "chart.hours" : "chart.minutes") : "",
            "labels": labels.enumerated().filter { $0.offset % every == 0 }.map { slot, label in
                ["x": Layout.middle(slot, of: labels.count), "words": label] as Model
            },
            "legend": bars.series.map { ["name": $0.name, "fill": $0.fill.rawValue] as Model },
            "drawn": drawn,
            "desc": bars.series.map { series in
                words(
                    "chart.desc",
                    [
                        "series": series.name,
                        "value": said(series.values.reduce(0, +), isTime: bars.isTime, words),
                    ])
            }.joined(separator: " "),
        ]
    }

    private static func strips(_ strips: Chart.Strips, _ words: ReportWords) -> Model {
        let largest = max(1, strips.strips.map(\.value).max() ?? 1)
        return [
            "drawn": strips.strips.map { strip in
                // Of a hundred, with room for the number behind the longest.
                let width = strip.value > 0 ? max(1, strip.value * 100 / largest) : 0
                return [
                    "name": strip.name, "width": width, "any": width > 0, "fill": strips.fill.rawValue,
                    "words": strip.words, "href": strip.value > 0 ? strip.drill?.href ?? "" : "",
                    "said": "\(strip.name): \(strip.words)",
                ] as Model
            },
            "desc": strips.strips.map { "\($0.name): \($0.words)" }.joined(separator: "; "),
        ]
    }

    private static func heat(_ heat: Chart.Heat, _ words: ReportWords) -> Model {
        let largest = heat.values.flatMap(\.self).max() ?? 0
        let width = 37, height = 28, left = 40, top = 22
        var cells: [Model] = []
        for (row, values) in heat.values.enumerated() {
            for (column, value) in values.enumerated() {
                let drill = value > 0 ? heat.drills[row][column] : nil
                cells.append([
                    "x": left + column * width, "y": top + row * height, "level": Layout.level(value, of: largest),
                    "middle": left + column * width + (width - 2) / 2, "text": top + row * height + 18,
                    "words": value > 0 ? words.text.number(value) : "", "href": drill?.href ?? "",
                    "said": words(
                        "chart.heat",
                        ["day": heat.rows[row], "hour": heat.columns[column], "value": words.text.number(value)]),
                ])
            }
        }
        return [
            "cells": cells,
            "rows": heat.rows.enumerated().map { ["y": top + $0 * height + 18, "words": $1] as Model },
            "columns": heat.columns.enumerated().map {
                ["x": left + $0 * width + (width - 2) / 2, "words": $1] as Model
            },
            "desc": words("chart.heat.desc", ["value": words.text.number(largest)]),
        ]
    }

    private static func cut(_ text: String, _ limit: Int) -> String {
        text.count > limit ? text.prefix(limit - 1) + "…" : text
    }
}
