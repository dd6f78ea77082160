package dev.runnel.experiments.cli;

import dev.runnel.datasets.download.Download;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "download",
    description = "Gets datasets by name: lra, speech-commands, BIDMC32RR, BIDMC32HR, BIDMC32SpO2, ppg-dalia, cifar-10,"
        + " mnist, or any of the UEA and UCR archives.")
final class DataDownload implements Callable<Integer> {
  private static final long EVERY_NANOS = 1_000_000_000L;

  private final Common common;
  private long lastSaid;

  @Parameters(arity = "1..*", paramLabel = "NAME", description = "What to get.")
  private List<String> names = new ArrayList<>();

  @Option(names = "--data", paramLabel = "DIR", description = "Where datasets lie; the cache by default.")
  private @Nullable Path data;

  @Option(names = "--mirror", paramLabel = "URL", description = "Where the files lie instead of at their makers'.")
  private @Nullable URI mirror;

  @Option(names = "--json", description = "One JSON object on standard output.")
  private boolean json;

  DataDownload(Common common) {
    this.common = common;
  }

  @Override
  public Integer call() {
    var places = data == null ? common.catalogue(null).archive().places().getLast() : data;
    var download = Download.to(places, mirror);
    var folders = new LinkedHashMap<String, Object>();
    for (String name : names) {
      folders.put(name, download.get(name, this::say).toString());
    }
    common.console().result(folders, json);
    return 0;
  }

  private void say(String file, long bytes) {
    long now = System.nanoTime();
    if (now - lastSaid > EVERY_NANOS) {
      lastSaid = now;
      common.console().say("%s: %.1f MB".formatted(file, bytes / 1e6));
    }
  }
}
