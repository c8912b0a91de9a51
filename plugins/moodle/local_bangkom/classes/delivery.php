<?php
// This file is part of Bangkom - competence development beside an LMS.
//
// Bangkom is free software: you can redistribute it and/or modify
// it under the terms of the GNU General Public License as published by
// the Free Software Foundation, either version 3 of the License, or
// (at your option) any later version.
//
// Bangkom is distributed in the hope that it will be useful,
// but WITHOUT ANY WARRANTY; without even the implied warranty of
// MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
// GNU General Public License for more details.
//
// You should have received a copy of the GNU General Public License
// along with Bangkom.  If not, see <http://www.gnu.org/licenses/>.

namespace local_bangkom;

/**
 * Sends facts in batches and settles each row. Knows neither table nor network: both are given.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class delivery {
    /** @var int Facts in one call, at most. */
    public const MOST = 500;

    /** @var int Bytes of one call, at most; the bridge refuses 5 MB. */
    public const MOST_BYTES = 4500000;

    /** @var int[] Answers that blame what was sent: the batch is halved until the row is found. */
    private const BLAMES_CONTENT = [400, 413, 422];

    /** @var int So many rows parked and none taken means that it is not the rows' fault. */
    private const SUSPICIOUS = 20;

    /** @var int Rows parked since the last that was taken. */
    private int $parked = 0;

    /** @var answer|null The answer that ended the delivery, where it was not the end of the rows. */
    private ?answer $stopped = null;

    /**
     * A delivery.
     *
     * @param \Closure $send takes the body, gives an answer
     * @param \Closure $settle takes outcome (sent, refused, parked, again), ids, code
     */
    public function __construct(
        /** @var \Closure takes the body, gives an answer */
        private readonly \Closure $send,
        /** @var \Closure takes outcome, ids and code */
        private readonly \Closure $settle
    ) {
    }

    /**
     * Send these rows.
     *
     * @param array $rows in their order, by id: an object with id, factid and body (JSON)
     * @return answer|null null where every row was settled; else the answer for which the rest has to wait
     */
    public function run(array $rows): ?answer {
        $this->stopped = null;
        foreach (self::slices($rows) as $slice) {
            if (!$this->deliver($slice)) {
                break;
            }
        }
        return $this->stopped;
    }

    /**
     * Rows cut into calls that are small enough.
     *
     * @param array $rows
     * @return array of arrays of rows
     */
    public static function slices(array $rows): array {
        $slices = [];
        $bytes = 0;
        foreach ($rows as $row) {
            $length = strlen($row->body) + 1;
            if (!$slices || count(end($slices)) >= self::MOST || $bytes + $length > self::MOST_BYTES) {
                $slices[] = [];
                $bytes = 2;
            }
            $slices[array_key_last($slices)][] = $row;
            $bytes += $length;
        }
        return $slices;
    }

    /**
     * Send one call; what the other side can't read is halved until the bad row alone is left, and that is parked.
     *
     * @param array $rows
     * @return bool whether to go on
     */
    private function deliver(array $rows): bool {
        $answer = ($this->send)('[' . implode(',', array_column($rows, 'body')) . ']');
        if ($answer->ok() && is_array($answer->body['items'] ?? null)) {
            $this->settle($rows, $answer->body['items']);
            $this->parked = 0;
            return true;
        }
        if (!in_array($answer->status, self::BLAMES_CONTENT, true)) {
            $this->stopped = $answer;
            return false;
        }
        if (count($rows) === 1) {
            ($this->settle)('parked', [$rows[0]->id], $answer->code());
            $this->parked++;
            $this->stopped = $this->parked >= self::SUSPICIOUS ? $answer : null;
            return $this->stopped === null;
        }
        foreach (array_chunk($rows, intdiv(count($rows) + 1, 2)) as $half) {
            if (!$this->deliver($half)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Settle the rows of one call as they were answered. A row without an answer is sent again.
     *
     * @param array $rows
     * @param array $items
     */
    private function settle(array $rows, array $items): void {
        $said = array_column($items, null, 'id');
        $groups = [];
        foreach ($rows as $row) {
            $outcome = $said[$row->factid]['outcome'] ?? '';
            $code = (string)($said[$row->factid]['code'] ?? '');
            $groups[match ($outcome) {
                'accepted', 'duplicate' => "sent\n",
                'refused' => "refused\n$code",
                default => "again\nunanswered",
            }][] = $row->id;
        }
        foreach ($groups as $group => $ids) {
            [$outcome, $code] = explode("\n", $group, 2);
            ($this->settle)($outcome, $ids, $code);
        }
    }
}
