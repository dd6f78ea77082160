package dev.runnel.ssm

import dev.runnel.autodiff.DType
import dev.runnel.autodiff.Init
import dev.runnel.autodiff.Scope
import dev.runnel.autodiff.Shape
import dev.runnel.autodiff.Tape
import dev.runnel.autodiff.Tensor
import dev.runnel.autodiff.Variables
import dev.runnel.autodiff.kernel.PlannedEngine
import dev.runnel.autodiff.optimise.Adam
import dev.runnel.autodiff.simd.SimdBackend
import org.apache.arrow.memory.RootAllocator
import kotlin.random.Random
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue

/** A leaky unit whose gate looks at its own state, as a user would write it in Kotlin. */
data class Leaky(val d: Int) : Cell {
  override fun state(): StateShape = StateShape.of(d)

  override fun drive(p: Scope, u: Tensor): Drives =
    Drives.of("u", u.matmul(p.parameter("W", Shape.of(u.shape.last(), d), Init.normal(0.5))))

  override fun step(p: Scope, state: State, u: Drives): State {
    val (x) = state
    val a = p.parameter("a", Shape.of(d), Init.uniform(-1.0, 1.0))
    val gate = (a * x + u["u"]).sigmoid()
    return State.of(x + gate * (u["u"].tanh() - x) * 0.5)
  }
}

class KotlinCellTest {
  @Test
  fun `a cell of fifteen lines is scanned and trained`() {
    val (rows, steps) = 16 to 30
    val tape = Tape(DType.F32)
    val u = tape.input("u", Shape.of(rows, steps, 2))
    val label = tape.input("label", DType.I32, Shape.of(rows))
    val (last) = Scan.of(Leaky(8)).run(tape.scope().scope("cell"), u).last
    val logits = last.matmul(tape.scope().parameter("head", Shape.of(8, 2), Init.normal(0.3)))
    val loss = logits.crossEntropy(label).mean()
    tape.output("loss", loss)
    Adam.of(0.05).withClip(1.0).minimise(loss)
    assertEquals(setOf("cell.W", "cell.a", "head"), tape.parameters().keys)

    RootAllocator().use { allocator ->
      PlannedEngine(SimdBackend(1)).use { engine ->
        Variables(allocator, 3).use { variables ->
          engine.compile(tape, variables).use { program ->
            val random = Random(4)
            val noise = DoubleArray(rows * steps * 2) { random.nextDouble(-1.0, 1.0) }
            // which of two channels spikes near the end
            val labels = DoubleArray(rows) { (it % 2).toDouble() }
            for (row in 0 until rows) noise[(row * steps + steps - 4) * 2 + row % 2] += 3.0
            program.set("u", *noise)
            program.set("label", *labels)
            val losses = List(60) { program.run(); program["loss"][0] }
            assertTrue(losses.first() > 0.4 && losses.last() < 0.3 * losses.first(), "loss $losses")
          }
        }
      }
    }
  }
}
