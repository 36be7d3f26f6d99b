#include <algorithm>

#include "cli/format.h"

namespace cli {
namespace {

// What Podman and Docker give Go's tabwriter.
constexpr std::size_t leastWidth = 12;
constexpr std::size_t padding = 2;

using Rows = std::vector<std::vector<std::string>>;

std::size_t widthOf(std::string_view cell) {
  return static_cast<std::size_t>(
      std::count_if(cell.begin(), cell.end(), [](char byte) { return (byte & '\xc0') != '\x80'; }));
}

/// The last cell of a line is in no column: nothing is under or right of it that it could push.
bool hasCell(const std::vector<std::string>& row, std::size_t column) {
  return column + 1 < row.size();
}

/// The width of a column is that of the neighbouring lines which have it.
std::size_t columnWidth(const Rows& rows, std::size_t line, std::size_t column) {
  std::size_t first = line;
  while (first > 0 && hasCell(rows[first - 1], column)) {
    --first;
  }
  std::size_t width = leastWidth;
  for (std::size_t at = first; at < rows.size() && hasCell(rows[at], column); ++at) {
    width = std::max(width, widthOf(rows[at][column]) + padding);
  }
  return width;
}

}  // namespace

std::string renderTable(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;  // of the block of lines so far
  std::string out;
  for (std::size_t line = 0; line < rows.size(); ++line) {
    const std::size_t columns = rows[line].empty() ? 0 : rows[line].size() - 1;
    widths.resize(std::min(widths.size(), columns));
    while (widths.size() < columns) {
      widths.push_back(columnWidth(rows, line, widths.size()));
    }
    for (std::size_t column = 0; column < rows[line].size(); ++column) {
      const std::string& cell = rows[line][column];
      out += cell;
      if (column < columns) {
        out.append(widths[column] - widthOf(cell), ' ');
      }
    }
    out += '\n';
  }
  return out;
}

}  // namespace cli
