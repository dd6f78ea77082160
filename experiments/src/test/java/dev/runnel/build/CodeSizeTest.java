package dev.runnel.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Prints the size of each module, and holds the budgets of autodiff and of its oracle. */
final class CodeSizeTest {
  /** The first plan had 8,000; what GPUs need, and its hooks in the rest, came on top. */
  private static final int AUTODIFF_BUDGET = 9_350;
  private static final int ORACLE_BUDGET = 500;

  @Test
  void modulesStayInTheirBudgets() {
    var root = Repository.root();
    var table = new StringBuilder("%-28s %8s %8s%n".formatted("lines of code", "main", "tests"));
    for (var module : Repository.MODULES) {
      var source = root.resolve(module).resolve("src");
      int tests = java(source.resolve("test")) + CodeSize.lines(source.resolve("test"), ".kt");
      table.append("%-28s %,8d %,8d%n".formatted(module, java(source.resolve("main")), tests));
    }
    var autodiff = root.resolve("autodiff/src/main");
    int size = java(autodiff);
    int oracle = java(autodiff.resolve("java/dev/runnel/autodiff/reference"));
    table.append("autodiff %,d of %,d; its oracle %,d of %,d".formatted(size, AUTODIFF_BUDGET, oracle, ORACLE_BUDGET));
    System.out.println(table);

    assertTrue(size > 0, "autodiff: expected sources under " + autodiff);
    assertTrue(size <= AUTODIFF_BUDGET, "autodiff: at most " + AUTODIFF_BUDGET + " lines, came " + size);
    assertTrue(oracle <= ORACLE_BUDGET, "autodiff.reference: at most " + ORACLE_BUDGET + " lines, came " + oracle);
  }

  @Test
  void blankLinesAndCommentsAreNotCode() {
    var source =
        """
        /* a licence
           on two lines */
        package a; // one

        /** A class. */
        final class B { /* two */
          String url = "http://x /* no comment"; // three
          char quote = '"'; // four
          // not code
          String text = \"""
              // five and six
              /* seven \"""; /* over
              here */ int seven;
        }
        """;
    assertEquals(9, CodeSize.lines(source));
    assertEquals(0, CodeSize.lines("\n  \n// x\n/**\n * y\n */\n"));
  }

  private static int java(Path folder) {
    return CodeSize.lines(folder, ".java");
  }
}
