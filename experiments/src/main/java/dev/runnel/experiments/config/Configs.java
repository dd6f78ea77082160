package dev.runnel.experiments.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import dev.runnel.datasets.Nearest;
import dev.runnel.experiments.store.AtomicFile;
import dev.runnel.experiments.store.OneLine;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds, overlays and binds configs.
 *
 * <p>A config is HOCON, a file or a shipped name. It may begin with {@code extends = NAME}: the config
 * {@code NAME.conf} of the same folder, or the shipped one, which it overlays. HOCON's {@code include} is refused, and
 * <code>${...}</code> sees the config itself and nothing of the environment. Under everything lie the defaults of
 * {@code configs/defaults.conf}; over everything lie {@code key=value} settings.
 */
public final class Configs {
  /** The configs of trials that come along. */
  public static final List<String> SHIPPED =
      List.of("gestures", "UWaveGestureLibrary", "SelfRegulationSCP1", "SelfRegulationSCP1-paper");

  private static final Shelf TRIALS = new Shelf("configs", SHIPPED);

  private static final int MAX_BYTES = 1 << 20;
  private static final String EXTENDS = "extends";

  private Configs() {}

  /**
   * A folder of the class path with configs of a kind.
   *
   * @param folder its name; {@code defaults.conf} in it lies under all of them
   * @param names those that users may name
   */
  public record Shelf(String folder, List<String> names) {}

  /** A config's text, what messages call it, the folder that it may extend from, and its shelf. */
  private record Source(String where, String text, @Nullable Path folder, Shelf shelf) {}

  /**
   * The trial of a config.
   *
   * @param config a file or a shipped name
   * @param settings {@code key=value} each, later ones first
   */
  public static TrialConfig trial(String config, List<String> settings) {
    return bind(TrialConfig.class, find(config, TRIALS), settings);
  }

  /** What else a config may say, from a file or a shelf of its own. */
  public static <R extends Record> R read(Class<R> type, String config, Shelf shelf) {
    return bind(type, find(config, shelf), List.of());
  }

  /** The same with more settings, which go before the others. */
  public static TrialConfig trial(String config, List<String> settings, String... more) {
    var all = new ArrayList<>(settings);
    all.addAll(List.of(more));
    return trial(config, all);
  }

  /** The trial of a text; {@code where} begins messages. */
  public static TrialConfig parse(String where, String text) {
    return bind(TrialConfig.class, new Source(where, text, null, TRIALS), List.of());
  }

  /** A record as HOCON that binds to an equal record. */
  public static String render(Record bound) {
    return ConfigValueFactory.fromMap(Binder.unbind(bound))
        .render(ConfigRenderOptions.defaults().setOriginComments(false).setJson(false));
  }

  /** Values by key, as {@code --set} takes them. */
  public static Map<String, Object> values(List<String> settings) {
    return settings(settings).root().unwrapped();
  }

  /** Later ones go first. */
  private static Config settings(List<String> settings) {
    Config config = ConfigFactory.empty();
    for (String setting : settings) {
      config = setting(setting).withFallback(config);
    }
    return config;
  }

  private static <R extends Record> R bind(Class<R> type, Source source, List<String> settings) {
    Config defaults = parse(shipped("defaults", source.shelf));
    Config config = settings(settings).withFallback(chain(source, new LinkedHashSet<>())).withFallback(defaults);
    return Binder.bind(type, resolve(source.where, config));
  }

  private static ConfigObject resolve(String where, Config config) {
    try {
      return config.resolve(ConfigResolveOptions.noSystem()).root();
    } catch (ConfigException e) {
      throw refused(where, e);
    }
  }

  /** A config over the one that it extends, over the one that that extends. */
  private static Config chain(Source source, SequencedSet<String> seen) {
    if (!seen.add(source.where)) {
      throw new IllegalArgumentException(source.where + ": extends: a chain expected, came a circle: " + seen);
    }
    Config config = parse(source);
    ConfigValue parent = config.root().get(EXTENDS);
    if (parent == null) {
      return config;
    }
    if (parent.valueType() != ConfigValueType.STRING) {
      throw new IllegalArgumentException(source.where + ": extends: a config's name expected");
    }
    String name = (String) parent.unwrapped();
    if (!name.matches("[A-Za-z0-9_][A-Za-z0-9._-]*")) {
      throw new IllegalArgumentException(source.where + ": extends: a plain name expected, a config of the same folder"
          + " or a shipped one, came " + OneLine.quote(name));
    }
    Path beside = source.folder == null ? null : source.folder.resolve(name + ".conf");
    Source next;
    if (beside != null && Files.isRegularFile(beside)) {
      next = file(beside, source.shelf);
    } else if (source.shelf.names.contains(name)) {
      next = shipped(name, source.shelf);
    } else {
      throw new IllegalArgumentException(source.where + ": extends: neither beside it nor shipped: "
          + OneLine.quote(name) + Nearest.hint(name, source.shelf.names));
    }
    return config.withoutPath(EXTENDS).withFallback(chain(next, seen));
  }

  private static Source find(String config, Shelf shelf) {
    Path file;
    try {
      file = Path.of(config);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("config " + OneLine.quote(config) + ": a file or a shipped name expected", e);
    }
    var names = shelf.names;
    if (names.contains(config) && !Files.isRegularFile(file)) {
      return shipped(config, shelf);
    }
    if (Files.isRegularFile(file)) {
      return file(file, shelf);
    }
    throw new IllegalArgumentException("config " + OneLine.quote(config) + ": no such file and no shipped name; "
        + (Nearest.to(config, names).isEmpty() ? "shipped: " + String.join(", ", names)
            : Nearest.hint(config, names).substring(2)));
  }

  private static Source file(Path file, Shelf shelf) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new IllegalArgumentException(file + ": at most 1 MiB expected, came " + Files.size(file) + " bytes");
      }
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(Files.readAllBytes(file))).toString();
      return new Source(file.toString(), text, file.toAbsolutePath().getParent(), shelf);
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(file + ": a text in UTF-8 expected, came other bytes", e);
    } catch (IOException e) {
      throw AtomicFile.failed(file, "read", e);
    }
  }

  private static Source shipped(String name, Shelf shelf) {
    String resource = "/" + shelf.folder + "/" + name + ".conf";
    try (InputStream in = Configs.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException(resource + ": not on the class path");
      }
      return new Source(name + ".conf", new String(in.readAllBytes(), StandardCharsets.UTF_8), null, shelf);
    } catch (IOException e) {
      throw AtomicFile.failed(Path.of(resource), "read", e);
    }
  }

  private static Config parse(Source source) {
    try {
      return ConfigFactory.parseString(source.text, options(source.where));
    } catch (ConfigException e) {
      throw refused(source.where, e);
    } catch (StackOverflowError e) {
      throw new IllegalArgumentException(source.where + ": HOCON expected, came brackets nested too deeply", e);
    }
  }

  /** A setting's value is HOCON; where it isn't, it is a text. */
  private static Config setting(String setting) {
    int sign = setting.indexOf('=');
    if (sign <= 0) {
      throw new IllegalArgumentException("--set: key=value expected, came " + OneLine.quote(setting));
    }
    String key = setting.substring(0, sign).strip();
    String text = setting.substring(sign + 1).strip();
    String where = "--set";
    ConfigValue value;
    try {
      ConfigObject parsed = ConfigFactory.parseString("value = " + text, options(where)).root();
      ConfigValue first = parsed.get("value");
      value = parsed.size() == 1 && first != null ? first.withOrigin(ConfigOriginFactory.newSimple(where))
          : ConfigValueFactory.fromAnyRef(text, where);
    } catch (ConfigException e) {
      value = ConfigValueFactory.fromAnyRef(text, where);
    }
    try {
      return ConfigFactory.empty().withValue(ConfigUtil.joinPath(ConfigUtil.splitPath(key)), value);
    } catch (ConfigException e) {
      throw new IllegalArgumentException("--set: key=value expected, came " + OneLine.quote(setting), e);
    }
  }

  private static ConfigParseOptions options(String where) {
    return ConfigParseOptions.defaults().setSyntax(ConfigSyntax.CONF).setOriginDescription(where)
        .setIncluder(new NoIncludes());
  }

  private static IllegalArgumentException refused(String where, ConfigException e) {
    String message = OneLine.of(e).replaceAll(": (\\d+): ", ":$1: ");
    String prefixed = message.startsWith(where) ? message : where + ": " + message;
    return new IllegalArgumentException(prefixed.length() > 400 ? prefixed.substring(0, 400) + "..." : prefixed, e);
  }

  /** Refuses every form of include: a config reads no other place. */
  private record NoIncludes()
      implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {
    @Override
    public ConfigIncluder withFallback(ConfigIncluder fallback) {
      return this;
    }

    @Override
    public ConfigObject include(ConfigIncludeContext context, String what) {
      throw refusal(what);
    }

    @Override
    public ConfigObject includeFile(ConfigIncludeContext context, File what) {
      throw refusal(what.getPath());
    }

    @Override
    public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
      throw refusal(what.toString());
    }

    @Override
    public ConfigObject includeResources(ConfigIncludeContext context, String what) {
      throw refusal(what);
    }

    private static ConfigException refusal(String what) {
      return new ConfigException.Generic(
          "include " + OneLine.quote(what) + ": not allowed; write extends = NAME for a config of the same folder");
    }
  }
}
