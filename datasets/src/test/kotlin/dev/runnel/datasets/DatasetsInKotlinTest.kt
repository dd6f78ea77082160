package dev.runnel.datasets

import dev.runnel.datasets.motion.Gestures
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import org.apache.arrow.memory.RootAllocator

class DatasetsInKotlinTest {
  @Test
  fun `gestures become standardised batches in a few lines`() {
    RootAllocator().use { memory ->
      Gestures(7, 64, 16, 48).load(memory, Storage.standard()).use { gestures ->
        val (train, validation, test) = Split.official(gestures, 2345)
        val inputs = TimeChannel.LAST.over(Standardise.fit(gestures, train).over(gestures))

        val rows = Batches.of(train, 16).shuffled(2345, 0).flatMap { it.asIterable() }

        assertEquals(80, train.size + validation.size + test.size)
        assertContentEquals(train.sorted(), rows.sorted())
        assertEquals(7, inputs.channels())
        assertEquals("lift-twist", gestures.classes().first())

        val first = DoubleArray(48 * 7).also { inputs.read(rows.first(), it) }
        assertEquals(47.0 / 48, first.last())
      }
    }
  }
}
