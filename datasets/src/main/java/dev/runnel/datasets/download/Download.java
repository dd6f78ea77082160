package dev.runnel.datasets.download;

import dev.runnel.datasets.Nearest;
import dev.runnel.datasets.format.Layout;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Datasets by name, from where their makers put them. A name that isn't listed is taken for one of the UEA and UCR
 * archives, whose hosts publish no checksums. A dataset goes to {@code PLACES/NAME}; with a mirror, all files are got
 * from under its address by their own names instead of from their makers.
 */
public final class Download {
  private static final String UEA = "https://timeseriesclassification.com/aeon-toolkit/";
  private static final String MNIST = "https://storage.googleapis.com/cvdf-datasets/mnist/";
  private static final Map<String, Source> SOURCES = sources();

  private final Path places;
  private final @Nullable URI mirror;
  private final Fetch fetch;
  private final Unpack unpack;

  /** One file of a dataset. */
  private record Item(String address, @Nullable String sha256) {
    String file() {
      return address.substring(address.lastIndexOf('/') + 1);
    }

    /** {@code .gz} alone may be a compressed file of data, to be kept; this one is a tar in disguise. */
    boolean archive() {
      return file().endsWith(".zip") || file().endsWith(".tar.gz") || file().equals("lra_release.gz");
    }
  }

  private record Source(String licence, List<Item> items) {}

  private static Map<String, Source> sources() {
    Map<String, Source> all = new LinkedHashMap<>();
    for (String name : List.of("EigenWorms", "EthanolConcentration", "Heartbeat", "MotorImagery",
        "SelfRegulationSCP1", "SelfRegulationSCP2")) {
      all.put(name, uea(name));
    }
    all.put("lra", new Source("Apache-2.0; the texts and pictures under their makers' terms",
        List.of(new Item("https://storage.googleapis.com/long-range-arena/lra_release.gz", null))));
    all.put("speech-commands", new Source("CC BY 4.0", List.of(new Item(
        "https://storage.googleapis.com/download.tensorflow.org/data/speech_commands_v0.02.tar.gz",
        "af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58"))));
    all.put("BIDMC32RR", zenodo("4001463", "BIDMC32RR"));
    all.put("BIDMC32HR", zenodo("4001456", "BIDMC32HR"));
    all.put("BIDMC32SpO2", zenodo("4001464", "BIDMC32SpO2"));
    all.put("ppg-dalia", new Source("CC BY 4.0",
        List.of(new Item("https://archive.ics.uci.edu/static/public/495/ppg+dalia.zip", null))));
    all.put("cifar-10", new Source("not stated",
        List.of(new Item("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz", null))));
    all.put("mnist", new Source("not stated", List.of(
        new Item(MNIST + "train-images-idx3-ubyte.gz", null), new Item(MNIST + "train-labels-idx1-ubyte.gz", null),
        new Item(MNIST + "t10k-images-idx3-ubyte.gz", null), new Item(MNIST + "t10k-labels-idx1-ubyte.gz", null))));
    return all;
  }

  private static Source uea(String name) {
    return new Source("not stated", List.of(new Item(UEA + name + ".zip", null)));
  }

  private static Source zenodo(String record, String name) {
    String files = "https://zenodo.org/record/" + record + "/files/" + name;
    return new Source("ODC-BY 1.0", List.of(new Item(files + "_TRAIN.ts", null), new Item(files + "_TEST.ts", null)));
  }

  private Download(Path places, @Nullable URI mirror, Fetch fetch, Unpack unpack) {
    this.places = places;
    this.mirror = mirror;
    this.fetch = fetch;
    this.unpack = unpack;
  }

  /**
   * With the usual patience and limits.
   *
   * @param places where datasets lie
   * @param mirror an address, or null
   */
  public static Download to(Path places, @Nullable URI mirror) {
    return new Download(places, mirror, Fetch.standard(), Unpack.standard());
  }

  /** With other ones. */
  static Download with(Path places, @Nullable URI mirror, Fetch fetch, Unpack unpack) {
    return new Download(places, mirror, fetch, unpack);
  }

  /** Names that are listed. */
  public static List<String> names() {
    return List.copyOf(SOURCES.keySet());
  }

  /** Told of each file how many bytes have come. */
  @FunctionalInterface
  public interface Progress {
    /** So many bytes of the file have come. */
    void bytes(String file, long bytes);
  }

  /**
   * Gets a dataset and unpacks it; what is there already is left alone. Faults of the net are
   * {@link IllegalStateException}s of one line.
   *
   * @return the dataset's folder
   */
  public Path get(String name, Progress progress) {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9_-]{0,99}")) {
      throw new IllegalArgumentException("download: a dataset's name expected, came '" + name + "'"
          + Nearest.hint(name, SOURCES.keySet()));
    }
    Source source = SOURCES.getOrDefault(name, uea(name));
    Path folder = places.resolve(name);
    Path whole = folder.resolve(Layout.FILE);
    if (mirror != null && !String.valueOf(mirror.getScheme()).matches("(?i)https?")) {
      throw new IllegalArgumentException("--mirror: an http or https address expected, came " + mirror);
    }
    if (Files.isRegularFile(whole)) {
      return folder;
    }
    try {
      List<String> addresses = new ArrayList<>();
      for (Item item : source.items()) {
        URI from = mirror == null ? URI.create(item.address()) : under(mirror, item.file());
        addresses.add(from.toString());
        Path file = folder.resolve(item.archive() ? "." + item.file() : item.file());
        if (!Files.isRegularFile(file)) {
          fetch.get(from, file, item.sha256(), bytes -> progress.bytes(item.file(), bytes));
        }
        if (item.archive()) {
          unpack.into(file, folder);
          Files.delete(file);
        }
      }
      // Written last: that it is there says that all is.
      Files.writeString(whole, JsonMapper.shared().writeValueAsString(
          new Said(String.join(" ", addresses), source.licence())));
      return folder;
    } catch (IOException e) {
      throw new IllegalStateException(folder + ": cannot be written: " + e.getMessage(), e);
    } catch (IllegalStateException e) {
      boolean unknown = !SOURCES.containsKey(name) && String.valueOf(e.getMessage()).contains("404");
      throw unknown ? new IllegalArgumentException("download: '" + name + "' is neither listed nor in the UEA and UCR"
          + " archives" + Nearest.hint(name, new TreeSet<>(SOURCES.keySet())), e) : e;
    }
  }

  private record Said(String source, String licence) {}

  private static URI under(URI mirror, String file) {
    return URI.create(mirror + (mirror.toString().endsWith("/") ? "" : "/") + file);
  }
}
