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
 * What came back from a call to Bangkom, or why nothing did.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class answer {
    /**
     * An answer.
     *
     * @param int $status of HTTP, 0 where nothing came back
     * @param array $body the JSON that came back
     * @param string $problem why nothing came back: blocked, unreachable, unset; '' where something did
     * @param int $retryafter seconds that the other side asked to wait
     */
    public function __construct(
        /** @var int of HTTP, 0 where nothing came back */
        public readonly int $status,
        /** @var array the JSON that came back */
        public readonly array $body = [],
        /** @var string why nothing came back */
        public readonly string $problem = '',
        /** @var int seconds that the other side asked to wait */
        public readonly int $retryafter = 0
    ) {
    }

    /**
     * Whether the call did what it should.
     *
     * @return bool
     */
    public function ok(): bool {
        return $this->status >= 200 && $this->status < 300;
    }

    /**
     * The stable word of a refusal, or one for what else went wrong.
     *
     * @return string
     */
    public function code(): string {
        if ($this->ok()) {
            return '';
        }
        return $this->problem ?: (string)($this->body['code'] ?? '') ?: 'http.' . $this->status;
    }
}
