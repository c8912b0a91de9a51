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
 * Takes what waits in the outbox to the bridge; when that is not to be had, comes back later and later.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class courier {
    /** @var int Seconds that one run may last; the next is a minute later. */
    private const WITHIN = 50;

    /** @var int Milliseconds for one call. */
    private const CALL_WITHIN = 30000;

    /** @var int Seconds between two tries, at most. */
    private const LONGEST_PAUSE = 900;

    /**
     * A courier to this bridge.
     *
     * @param bridge $bridge
     */
    public function __construct(
        /** @var bridge the bridge */
        private readonly bridge $bridge
    ) {
    }

    /**
     * Send what is due, unless another does so now or a pause is kept.
     *
     * @return string in one word what happened: unset, paused, busy, sent, or the code of what stopped it
     */
    public function run(): string {
        if (!$this->bridge->is_set()) {
            return 'unset';
        }
        if (time() < (int)get_config('local_bangkom', 'pauseuntil')) {
            return 'paused';
        }
        $lock = \core\lock\lock_config::get_lock_factory('local_bangkom')->get_lock('courier', 0);
        if (!$lock) {
            return 'busy';
        }
        try {
            return $this->send();
        } finally {
            $lock->release();
        }
    }

    /**
     * Send batch after batch until nothing is due or the time is over.
     *
     * @return string
     */
    private function send(): string {
        $until = time() + self::WITHIN;
        $delivery = new delivery(
            fn($body) => $this->bridge->call('/facts', $body, self::CALL_WITHIN, 'application/cloudevents-batch+json'),
            fn($outcome, $ids, $code) => outbox::settle($outcome, $ids, $code, time())
        );
        while (time() < $until && ($rows = outbox::due(time()))) {
            $stopped = $delivery->run($rows);
            if ($stopped) {
                $this->failed($stopped);
                return $stopped->code();
            }
            self::met();
        }
        return 'sent';
    }

    /**
     * The bridge answered: remember when.
     */
    public static function met(): void {
        set_config('lastcontact', time(), 'local_bangkom');
        if (get_config('local_bangkom', 'failures')) {
            set_config('failures', 0, 'local_bangkom');
            set_config('lastproblem', '', 'local_bangkom');
        }
    }

    /**
     * The bridge is not to be had: wait twice as long as the last time, or as long as it asked for.
     *
     * @param answer $answer
     */
    private function failed(answer $answer): void {
        $failures = (int)get_config('local_bangkom', 'failures') + 1;
        $pause = min(self::LONGEST_PAUSE, 30 * 2 ** min($failures - 1, 10));
        set_config('failures', $failures, 'local_bangkom');
        set_config('lastproblem', $answer->code(), 'local_bangkom');
        set_config('pauseuntil', time() + max($pause, min($answer->retryafter, 3600)), 'local_bangkom');
    }
}
