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
 * How a call to Bangkom is signed: HMAC-SHA256 with the secret over method, path, time and body.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class signature {
    /**
     * What goes into the header X-Bangkom-Signature.
     *
     * @param string $secret
     * @param string $method in capitals
     * @param string $path after the base address, with a slash before it
     * @param string $timestamp in seconds, with a fraction, so that the same words twice in a second are two calls
     * @param string $body the very bytes that are sent
     * @return string
     */
    public static function of(string $secret, string $method, string $path, string $timestamp, string $body): string {
        return 'sha256=' . hash_hmac('sha256', "$method\n$path\n$timestamp\n$body", $secret);
    }
}
