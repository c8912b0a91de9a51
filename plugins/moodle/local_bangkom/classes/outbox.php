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
 * The table of facts that wait to be told, were told, were refused, or were put aside.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class outbox {
    /** @var string The table. */
    public const TABLE = 'local_bangkom_outbox';

    /** @var int Waits to be sent. */
    public const WAITING = 0;

    /** @var int Was accepted. */
    public const SENT = 1;

    /** @var int Was refused, with a code; sending it again would not help. */
    public const REFUSED = 2;

    /** @var int Can't be read by the other side, or got no answer too often; somebody has to look. */
    public const PARKED = 3;

    /** @var int[] The states by their names. */
    public const STATES = ['waiting' => self::WAITING, 'sent' => self::SENT, 'refused' => self::REFUSED, 'parked' => self::PARKED];

    /** @var int How often a row may stay unanswered. */
    private const MOST_TRIES = 10;

    /**
     * Keep a fact; it goes with the transaction in which it happened.
     *
     * @param array $fact
     * @param int $userid 0 where it is about nobody
     */
    public static function put(array $fact, int $userid): void {
        global $DB;
        $flags = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE | JSON_PRESERVE_ZERO_FRACTION;
        $DB->insert_record(self::TABLE, (object)[
            'factid' => $fact['id'],
            'userid' => $userid,
            'body' => json_encode($fact, $flags),
            'state' => self::WAITING,
            'code' => '',
            'tries' => 0,
            'nexttry' => 0,
            'timecreated' => time(),
            'timesettled' => 0,
        ], false);
    }

    /**
     * Whether a fact of this id was kept already.
     *
     * @param string $factid
     * @return bool
     */
    public static function has(string $factid): bool {
        global $DB;
        return $DB->record_exists(self::TABLE, ['factid' => $factid]);
    }

    /**
     * The oldest rows that may be sent now.
     *
     * @param int $now
     * @return array of objects with id, factid and body
     */
    public static function due(int $now): array {
        global $DB;
        $where = 'state = :state AND nexttry <= :now';
        $rows = $DB->get_records_select(
            self::TABLE,
            $where,
            ['state' => self::WAITING, 'now' => $now],
            'id',
            'id, factid, body',
            0,
            delivery::MOST
        );
        return array_values($rows);
    }

    /**
     * Write down how the sending of rows went.
     *
     * @param string $outcome sent, refused, parked, or again
     * @param int[] $ids
     * @param string $code
     * @param int $now
     */
    public static function settle(string $outcome, array $ids, string $code, int $now): void {
        global $DB;
        [$in, $params] = $DB->get_in_or_equal($ids, SQL_PARAMS_NAMED);
        $params += ['now' => $now, 'code' => \core_text::substr($code, 0, 100)];
        if ($outcome !== 'again') {
            $params['state'] = self::STATES[$outcome];
            $set = 'state = :state, code = :code, timesettled = :now';
            $DB->execute('UPDATE {' . self::TABLE . "} SET $set WHERE id $in", $params);
            return;
        }
        $set = 'tries = tries + 1, code = :code, nexttry = :now + 60 * (tries + 1) * (tries + 1)';
        $DB->execute('UPDATE {' . self::TABLE . "} SET $set WHERE id $in", $params);
        $tired = "tries >= :most AND id $in";
        $DB->set_field_select(self::TABLE, 'state', self::PARKED, $tired, $params + ['most' => self::MOST_TRIES]);
    }

    /**
     * Send rows again, from the next run on.
     *
     * @param string $state refused or parked: the rows in that state; any: those with these ids
     * @param int[] $ids none means all in the state
     * @return int how many
     */
    public static function resend(string $state, array $ids = []): int {
        return self::move($state, $ids, self::WAITING, '');
    }

    /**
     * Put waiting or refused rows aside.
     *
     * @param string $state waiting or refused
     * @param int[] $ids none means all in the state
     * @return int how many
     */
    public static function park(string $state, array $ids = []): int {
        return self::move($state, $ids, self::PARKED, 'by_hand');
    }

    /**
     * Move rows from one state to another.
     *
     * @param string $from
     * @param int[] $ids
     * @param int $to
     * @param string $code
     * @return int how many
     */
    private static function move(string $from, array $ids, int $to, string $code): int {
        global $DB;
        $where = 'state = :from';
        $params = ['from' => self::STATES[$from]];
        if ($ids) {
            [$in, $more] = $DB->get_in_or_equal($ids, SQL_PARAMS_NAMED);
            $where .= " AND id $in";
            $params += $more;
        }
        $count = $DB->count_records_select(self::TABLE, $where, $params);
        $params += ['to' => $to, 'code' => $code];
        $set = 'state = :to, code = :code, tries = 0, nexttry = 0';
        $DB->execute('UPDATE {' . self::TABLE . "} SET $set WHERE $where", $params);
        return $count;
    }

    /**
     * How many rows are in each state.
     *
     * @return int[] by the name of the state
     */
    public static function counts(): array {
        global $DB;
        $found = $DB->get_records_sql_menu('SELECT state, COUNT(*) FROM {' . self::TABLE . '} GROUP BY state');
        return array_map(fn($state) => (int)($found[$state] ?? 0), self::STATES);
    }

    /**
     * How long the oldest waiting row has waited.
     *
     * @return int seconds, 0 where none waits
     */
    public static function lag(): int {
        global $DB;
        $oldest = $DB->get_field(self::TABLE, 'MIN(timecreated)', ['state' => self::WAITING]);
        return $oldest ? max(0, time() - $oldest) : 0;
    }

    /**
     * Forget what was settled long ago.
     *
     * @param int $before rows that were sent or refused before this time
     */
    public static function tidy(int $before): void {
        global $DB;
        $where = 'state IN (:sent, :refused) AND timesettled < :before';
        $params = ['sent' => self::SENT, 'refused' => self::REFUSED, 'before' => $before];
        $DB->delete_records_select(self::TABLE, $where, $params);
    }
}
