package dev.runnel.datasets;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the recorded datasets lie on this machine, if they do. */
public final class RealData {
  private RealData() {}

  /** The folder, or a skipped test with the reason. */
  public static Path folder() {
    String set = System.getenv("RUNNEL_DATA");
    if (set != null && Files.isDirectory(Path.of(set))) {
      return Path.of(set);
    }
    Path root = Path.of(System.getProperty("maven.multiModuleProjectDirectory", "..")).toAbsolutePath().normalize();
    Path beside = root.resolveSibling("shared").resolve("data");
    boolean there = Files.isDirectory(beside);
    if (!there) {
      System.out.println("skipped: no recorded data in $RUNNEL_DATA nor in " + beside);
    }
    assumeTrue(there, "no recorded data in $RUNNEL_DATA nor in " + beside);
    return beside;
  }

  /** One dataset's folder, or a skipped test with the reason. */
  public static Path folder(String name) {
    Path folder = folder().resolve(name);
    assumeTrue(Files.isDirectory(folder), "no " + name + " in the recorded data");
    return folder;
  }
}
