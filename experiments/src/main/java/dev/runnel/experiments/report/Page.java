package dev.runnel.experiments.report;

import dev.runnel.experiments.store.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;

/** A page of HTML in the making. Texts are escaped, wherever they come from. */
final class Page {
  private static final String ECHARTS = "/META-INF/resources/webjars/echarts/5.5.0/echarts.common.min.js";
  private static final Pattern PLACE = Pattern.compile("\\{\\{(\\w+)}}");
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final StringBuilder body = new StringBuilder();
  private final List<Map<String, Object>> charts = new ArrayList<>();

  /** All of it; it loads nothing, and its own policy forbids it to. */
  String html(String title) {
    var parts = Map.of(
        "title", escaped(title),
        "body", body.toString(),
        "charts", JSON.writeValueAsString(charts).replace("<", "\\u003c"),
        "echarts", resource(ECHARTS).replace("</script", "<\\/script"));
    // One pass: what is put in is not looked at again.
    return PLACE.matcher(resource("/report/page.html"))
        .replaceAll(place -> Matcher.quoteReplacement(Objects.requireNonNull(parts.get(place.group(1)))));
  }

  void title(String text) {
    add("<h1>%s</h1>\n", text);
  }

  void heading(String title, String note) {
    add("<h2>%s</h2>\n", title);
    note(note);
  }

  void note(String text) {
    if (!text.isEmpty()) {
      add("<p class=note>%s</p>\n", text);
    }
  }

  void warning(String text) {
    add("<p class=bad>%s</p>\n", text);
  }

  /** Names and what they are. */
  void facts(Map<String, String> facts) {
    body.append("<dl>\n");
    facts.forEach((name, value) -> {
      add("<dt>%s</dt>", name);
      add("<dd>%s</dd>\n", value);
    });
    body.append("</dl>\n");
  }

  void table(List<String> head, List<List<String>> rows) {
    body.append("<div class=scroll><table><tr>");
    head.forEach(name -> add("<th>%s", name));
    body.append("</tr>\n");
    for (var row : rows) {
      body.append("<tr>");
      row.forEach(cell -> add("<td>%s", cell));
      body.append("</tr>\n");
    }
    body.append("</table></div>\n");
  }

  /** What follows goes side by side where there is room. */
  void beginColumns() {
    body.append("<div class=charts>\n");
  }

  void endColumns() {
    body.append("</div>\n");
  }

  void chart(Chart chart) {
    body.append("<section>");
    heading(chart.title(), chart.note());
    body.append("<div class=\"chart %s\" id=chart%d></div></section>\n".formatted(chart.shape(), charts.size()));
    charts.add(chart.option());
  }

  /** Rows of each class (first index) that were taken for each (second index). */
  void confusion(String title, String note, List<String> classes, int[][] counts) {
    body.append("<section>");
    heading(title, note);
    body.append("<div class=scroll><table class=confusion><tr><th>");
    classes.forEach(name -> add("<th>%s", name));
    body.append("</tr>\n");
    for (int i = 0; i < counts.length; i++) {
      int all = Math.max(1, Arrays.stream(counts[i]).sum());
      add("<tr><th>%s", classes.get(i));
      for (int count : counts[i]) {
        body.append("<td style=\"background:rgb(var(--tint) / %d%%)\">%d".formatted(75 * count / all, count));
      }
      body.append("</tr>\n");
    }
    body.append("</table></div></section>\n");
  }

  private void add(String html, String text) {
    body.append(html.formatted(escaped(text)));
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
  }

  private static String resource(String name) {
    try (InputStream in = Objects.requireNonNull(Page.class.getResourceAsStream(name), name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw AtomicFile.failed(Path.of(name), "read", e);
    }
  }
}
