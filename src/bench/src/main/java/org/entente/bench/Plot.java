package org.entente.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Lines over seconds, as SVG. */
final class Plot {
    private static final int WIDTH = 860;
    private static final int HEIGHT = 300;
    private static final int LEFT = 80;
    private static final int RIGHT = 200;
    private static final int TOP = 40;
    private static final int BOTTOM = 40;
    private static final List<String> COLOURS = List.of("#7f7f7f", "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728");

    /** @param ys a value for each x; NaN for none */
    private record Line(String name, String colour, double[] ys) {}

    private final String title;
    private final double[] xs;
    private final boolean logarithmic;
    private final List<Line> lines = new ArrayList<>();

    /** @param logarithmic whether each step up is ten times the one below */
    Plot(String title, double[] xs, boolean logarithmic) {
        this.title = title;
        this.xs = xs.clone();
        this.logarithmic = logarithmic;
    }

    /** @param colour the number of one, so that the same is drawn alike in each plot of a page */
    Plot line(String name, int colour, double[] ys) {
        lines.add(new Line(name, COLOURS.get(colour), ys.clone()));
        return this;
    }

    /** One below the other. */
    static String page(List<Plot> plots) {
        StringBuilder svg = new StringBuilder(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">%n"
                        + "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n",
                WIDTH,
                HEIGHT * plots.size()));
        for (int i = 0; i < plots.size(); i++) {
            svg.append("<g transform=\"translate(0,").append(i * HEIGHT).append(")\">\n");
            plots.get(i).draw(svg);
            svg.append("</g>\n");
        }
        return svg.append("</svg>\n").toString();
    }

    private double scaled(double y) {
        return logarithmic ? Math.log10(Math.max(y, 0.1)) : y;
    }

    private void draw(StringBuilder svg) {
        double least = logarithmic ? -1 : 0;
        double most = lines.stream()
                .flatMapToDouble(line -> java.util.Arrays.stream(line.ys()))
                .filter(y -> !Double.isNaN(y))
                .map(this::scaled)
                .max()
                .orElse(1);
        double step = logarithmic ? 1 : Math.pow(10, Math.floor(Math.log10(Math.max(most, 1)))) / 2;
        most = Math.ceil(most / step) * step;
        text(svg, LEFT, TOP - 16, "start", title);
        for (double y = least; y <= most + step / 2; y += step) {
            double at = vertical(y, least, most);
            svg.append(String.format(
                    Locale.ROOT,
                    "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>%n",
                    LEFT,
                    WIDTH - RIGHT,
                    at,
                    at));
            text(svg, LEFT - 6, at + 4, "end", number(logarithmic ? Math.pow(10, y) : y));
        }
        for (double x = 0; x <= xs[xs.length - 1]; x += 5) {
            text(svg, horizontal(x), HEIGHT - BOTTOM + 18, "middle", number(x) + " s");
        }
        for (int i = 0; i < lines.size(); i++) {
            String colour = lines.get(i).colour();
            StringBuilder points = new StringBuilder();
            double[] ys = lines.get(i).ys();
            for (int k = 0; k < xs.length; k++) {
                if (!Double.isNaN(ys[k])) {
                    points.append(String.format(
                            Locale.ROOT, "%.1f,%.1f ", horizontal(xs[k]), vertical(scaled(ys[k]), least, most)));
                }
            }
            svg.append(String.format(
                    "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"%s\"/>%n",
                    colour, points.toString().strip()));
            svg.append(String.format(
                    "<rect x=\"%d\" y=\"%d\" width=\"14\" height=\"4\" fill=\"%s\"/>%n",
                    WIDTH - RIGHT + 16, TOP + 20 * i, colour));
            text(
                    svg,
                    WIDTH - RIGHT + 36,
                    TOP + 20 * i + 6,
                    "start",
                    lines.get(i).name());
        }
    }

    private double horizontal(double x) {
        return LEFT + x / xs[xs.length - 1] * (WIDTH - LEFT - RIGHT);
    }

    private static double vertical(double y, double least, double most) {
        return HEIGHT - BOTTOM - (y - least) / (most - least) * (HEIGHT - TOP - BOTTOM);
    }

    private static void text(StringBuilder svg, double x, double y, String anchor, String text) {
        svg.append(String.format(
                Locale.ROOT, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n", x, y, anchor, text));
    }

    private static String number(double value) {
        return value == Math.rint(value) ? String.format(Locale.ROOT, "%,.0f", value) : String.valueOf(value);
    }
}
